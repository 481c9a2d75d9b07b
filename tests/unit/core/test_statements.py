"""The walk from the newest journal back: it reads what it needs, and stops."""

from collections.abc import Iterable

import pytest
from hypothesis import given

from countinghouse.domain.close import month_after
from countinghouse.domain.errors import Conflict, Rejected
from countinghouse.domain.instants import DAY, SECOND
from countinghouse.domain.ledger import Journal, JournalKey
from countinghouse.domain.statement import Statement
from countinghouse.statements import document_key, draw_statements
from tests.fakes.ledger import FakeLedger
from tests.months import CURRENCIES, Story, stories
from tests.unit.core.domain.test_statement import drawn


def read(story: Story, month: str, journals_max: int | None = None) -> list[Statement]:
    ledger = story.ledger
    return draw_statements("s1", month, story.closes, ledger, ledger, journals_max)


@given(stories())
def test_the_walk_finds_what_all_journals_together_say(story: Story) -> None:
    month = "2026-06"
    while month <= "2027-12":
        whole = [drawn(story, month, code) for code in CURRENCIES]
        told = [one for one in whole if one is not None and not one.is_blank]
        assert read(story, month) == told
        month = month_after(month)


def old_and_new() -> Story:
    story = Story()
    for number in range(300):
        story.capture(f"old{number}")
    story.now += 60 * DAY
    story.capture("new")
    return story


def test_the_walk_stops_where_nothing_older_can_count() -> None:
    story = old_and_new()

    (statement,) = read(story, "2026-11", journals_max=1)

    assert [line.reference for line in statement.lines] == ["new"]
    assert statement.opening["pending"] == 300_000


def test_a_journal_that_was_drawn_up_first_and_written_last_hides_none_behind_it() -> None:
    story = Story().go_to("2026-11-01")
    story.capture("november")
    story.now -= SECOND
    story.capture("october")

    (statement,) = read(story, "2026-11")

    assert [line.reference for line in statement.lines] == ["november"]
    assert statement.opening["pending"] == 1_000


def test_a_walk_beyond_its_bound_is_refused() -> None:
    story = old_and_new()

    assert len(read(story, "2026-09", journals_max=301)[0].lines) == 300
    with pytest.raises(Rejected) as refused:
        read(story, "2026-09", journals_max=300)
    assert refused.value.code == "statement_too_long"


def test_what_is_booked_during_the_walk_is_in_neither_balances_nor_lines() -> None:
    story = old_and_new()

    class Busy(FakeLedger):
        def journal(self, key: JournalKey) -> Journal | None:
            story.capture("meanwhile")
            return story.ledger.journal(key)

    (statement,) = draw_statements("s1", "2026-11", story.closes, story.ledger, Busy())

    assert [line.reference for line in statement.lines] == ["new"]


def test_a_chain_with_a_hole_is_noticed() -> None:
    story = old_and_new()

    class Torn(FakeLedger):
        def journals(self, reference: str) -> list[Journal]:
            return []

        def posted(self, keys: Iterable[JournalKey]) -> frozenset[JournalKey]:
            return frozenset()

    with pytest.raises(Conflict, match="missing"):
        draw_statements("s1", "2026-11", story.closes, story.ledger, Torn())


def test_a_sellers_name_cannot_leave_its_folder() -> None:
    key = document_key("../s/2", "2026-11", "EUR", "json")

    assert key == "statements/..%2Fs%2F2/2026-11/EUR/statement.json"
