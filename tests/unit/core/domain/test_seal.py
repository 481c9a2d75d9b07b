from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countinghouse.domain.instants import DAY, HOUR, start_of_day
from countinghouse.domain.ledger import Journal
from countinghouse.domain.seal import (
    Figures,
    Seal,
    SealTallies,
    add_up,
    check_chain,
    differing,
    digest_number,
    end_of,
    explain,
    last_sealable,
    nothing,
    parse_seal,
    seal,
)
from tests.builders import a_journal, a_transfer
from tests.strategies import journals

SUNDAY = "2026-11-22"
NOON = start_of_day(SUNDAY) + 12 * HOUR
ONE = a_journal("o1", created_at=NOON)
TWO = a_journal("o2", minor=500, currency="JPY", created_at=NOON + DAY)


def three() -> list[Seal]:
    first = seal("2026-11-21", add_up([a_journal("o0")]), None)
    second = seal(SUNDAY, add_up([ONE]), first)
    return [first, second, seal("2026-11-23", add_up([TWO]), second)]


def test_a_digest_counts_as_its_first_sixty_bits() -> None:
    assert digest_number("f" * 64) == 2**60 - 1
    assert digest_number("0" * 14 + "1f" + "0" * 48) == 1
    assert digest_number(ONE.digest) == int(ONE.digest, 16) >> 196


def test_figures_say_how_many_how_much_and_which() -> None:
    figures = add_up([ONE, TWO])

    assert figures == Figures(
        2,
        {"EUR": 7_000, "JPY": 500},
        digest_number(ONE.digest) + digest_number(TWO.digest),
    )
    assert add_up([]) == nothing() == Figures(0, {}, 0)


@settings(max_examples=25)
@given(st.lists(journals(), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_journals_says_nothing(found: list[Journal], chance: object) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert add_up(shuffled) == add_up(found)


@pytest.mark.parametrize(
    "changed",
    [
        replace(ONE, kind="refund"),
        replace(ONE, event_at=ONE.event_at + 1),
        a_journal("o1", "s2", created_at=NOON),
        a_journal("o1", minor=7_001, created_at=NOON),
    ],
)
def test_another_journal_makes_another_seal(changed: Journal) -> None:
    assert seal(SUNDAY, add_up([changed]), None).hash != seal(SUNDAY, add_up([ONE]), None).hash


def test_a_seal_hangs_on_all_before_it() -> None:
    first, second, third = three()
    other = seal(first.day, nothing(), None)

    assert second.previous == first.hash
    assert (first.previous, first.previous_day) == ("", "")
    assert seal(second.day, second.figures, other).hash != second.hash
    assert len({one.hash for one in (first, second, third)}) == 3
    assert check_chain([first, second, third]) == []
    assert check_chain([]) == []


@pytest.mark.parametrize(
    "chain",
    [
        three()[1:],
        [three()[0], three()[2]],
        [three()[1], three()[0], three()[2]],
        [replace(three()[0], figures=nothing()), *three()[1:]],
        [three()[0], replace(three()[1], figures=nothing()), three()[2]],
        [three()[0], replace(three()[1], previous_day="2026-11-20"), three()[2]],
        [three()[0], seal("2026-11-20", nothing(), three()[0])],
    ],
    ids=["no first", "none between", "order", "first", "second", "another day", "earlier day"],
)
def test_a_chain_that_was_changed_is_found(chain: list[Seal]) -> None:
    assert check_chain(chain)


def test_a_seal_is_read_back_as_it_was_written() -> None:
    for one in three():
        assert parse_seal(one.view()) == one
        assert parse_seal({**one.view(), "hash": one.hash}).hash == one.hash


@pytest.mark.parametrize(
    "change",
    [{"day": "Sunday"}, {"journals": "many"}, {"debits": []}, {"digest_sum": None}],
)
def test_what_is_no_seal_is_refused(change: dict[str, object]) -> None:
    view = {**three()[0].view(), **change}

    with pytest.raises((ValueError, TypeError, KeyError)):
        parse_seal(view)


def test_journals_count_towards_the_day_they_were_booked_on() -> None:
    first, second, _ = three()
    tallies = SealTallies([first, second])
    midnight = end_of(first.day)
    early = a_journal("early", created_at=1, event_at=NOON)
    last, next_ = (a_journal(f"at{n}", created_at=midnight - 1 + n) for n in (0, 1))
    later = a_journal("later", created_at=end_of(SUNDAY))

    for journal in (later, next_, ONE, early, last):
        tallies.add(journal)

    assert tallies.figures == (add_up([early, last]), add_up([next_, ONE]))
    assert tallies.unsealed.figures == add_up([later])


@pytest.mark.parametrize(
    ("after_midnight", "day"),
    [(0, "2026-11-20"), (HOUR - 1, "2026-11-20"), (HOUR, "2026-11-21"), (2 * HOUR, "2026-11-21")],
)
def test_a_day_is_sealed_when_its_last_booking_is_written(after_midnight: int, day: str) -> None:
    assert last_sealable(start_of_day(SUNDAY) + after_midnight) == day


def test_differences_are_told_in_words() -> None:
    sealed = add_up([ONE, TWO])

    assert explain(sealed, add_up([ONE])) == (
        "1 journals instead of 2, debits 0 JPY instead of 500"
    )
    assert differing(sealed, add_up([ONE])) == ("JPY",)
    renamed = add_up([replace(ONE, kind="refund"), TWO])
    assert explain(sealed, renamed) == "journals with the same sums and other contents"
    assert differing(sealed, renamed) == ()


def test_a_journal_over_two_currencies_counts_once() -> None:
    both = a_transfer("seller_available:s1", "buyer_wallet:b1", minor=5)

    assert add_up([both]).journals == 1
    assert add_up([both]).debits == {"EUR": 5}
