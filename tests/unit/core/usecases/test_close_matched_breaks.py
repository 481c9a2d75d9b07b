from __future__ import annotations

from dataclasses import replace

import pytest

from countinghouse.domain.breaks import BreakStatus
from countinghouse.domain.difference import Sides
from countinghouse.domain.errors import Conflict
from countinghouse.usecases.close_matched_breaks import RACES_MAX, close_matched_breaks
from countinghouse.usecases.judge_differences import Judging, judge_differences
from tests.breaks import PSP, RULES, a_break, a_difference, a_look, balance, books_of, kinds
from tests.builders import NOW
from tests.fakes.books import FakeOrderBook
from tests.fakes.breaks import FakeBreakBook
from tests.fakes.clock import FakeClock

S = BreakStatus
LATER = NOW + 60_000
LOOK = a_look(mark="exec-2/1", began_at=LATER)


@pytest.fixture
def breaks() -> FakeBreakBook:
    return FakeBreakBook()


def close(breaks: FakeBreakBook) -> int:
    return close_matched_breaks(LOOK, books_of(breaks, FakeClock(LATER + 5)))


def test_what_was_not_seen_is_matched_and_the_rest_stands(breaks: FakeBreakBook) -> None:
    breaks.put(
        a_break(break_id="brk_open"),
        a_break(S.EXPECTED, break_id="brk_expected"),
        a_break(S.PENDING_APPROVAL, break_id="brk_pending"),
        a_break(break_id="brk_seen", seen_in="exec-2/1", seen_at=LATER + 1),
        a_break(S.AUTO_RESOLVED, break_id="brk_settled"),
        a_break(break_id="brk_other_psp", psp="adyen"),
        a_break(break_id="brk_old", day="2026-11-01"),
    )

    assert close(breaks) == 3

    matched = {key for key, brk in breaks.rows.items() if brk.status is S.MATCHED}
    assert matched == {"brk_open", "brk_expected", "brk_pending"}
    assert breaks.rows["brk_open"].updated_at == LATER + 5
    assert close(breaks) == 0


def test_what_was_parked_goes_back_to_meet_its_counterpart(breaks: FakeBreakBook) -> None:
    line = a_difference(Sides.THEIRS)
    ports = Judging(books_of(breaks), FakeOrderBook(), RULES)
    judge_differences([line], a_look(), ports)
    assert balance(breaks.ledger, f"unallocated:{PSP}") == -7_000

    assert close(breaks) == 1

    (brk,) = breaks.rows.values()
    assert (brk.status, brk.standing) == (S.MATCHED, ())
    assert balance(breaks.ledger, f"unallocated:{PSP}") == 0
    assert kinds(breaks.ledger) == ["recon_unallocated", "recon_matched"]
    newest = [*breaks.ledger.linked.values()][-1].journal
    assert newest.cause == "reconciliation:rec_sandbox_20261118"


def test_what_a_later_look_has_seen_is_left_alone(breaks: FakeBreakBook) -> None:
    breaks.put(a_break(break_id="brk_1", seen_in="exec-3/1", seen_at=LATER))

    assert close(breaks) == 0


def test_what_is_seen_between_the_list_and_the_write_is_left_alone(breaks: FakeBreakBook) -> None:
    brk = a_break(break_id="brk_1")
    breaks.put(brk)
    breaks.interfere.append(
        lambda: breaks.put(brk.changed(LATER, seen_in="exec-3/1", seen_at=LATER))
    )

    assert close(breaks) == 0
    assert breaks.rows["brk_1"].status is S.OPEN


def test_what_only_moved_meanwhile_is_closed_all_the_same(breaks: FakeBreakBook) -> None:
    brk = a_break(break_id="brk_1")
    breaks.put(brk)
    breaks.interfere.append(lambda: breaks.put(replace(brk, version=7)))

    assert close(breaks) == 1
    assert breaks.rows["brk_1"].version == 8


def test_a_break_that_never_keeps_still_is_tried_again_later(breaks: FakeBreakBook) -> None:
    breaks.put(a_break(break_id="brk_1"))

    def move() -> None:
        stored = breaks.rows["brk_1"]
        breaks.put(replace(stored, version=stored.version + 1))

    breaks.interfere += [move] * RACES_MAX

    with pytest.raises(Conflict):
        close(breaks)
