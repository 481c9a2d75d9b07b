from dataclasses import replace

import pytest

from countinghouse.domain.breaks import (
    BREAK_TRANSITIONS,
    UNSETTLED,
    Break,
    BreakStatus,
    break_id,
)
from countinghouse.domain.difference import Sides
from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.instants import DAY, HOUR
from tests.breaks import a_break, a_difference
from tests.builders import NOW

S = BreakStatus


def test_every_status_has_its_row_and_can_be_left() -> None:
    assert {*BREAK_TRANSITIONS} == {*BreakStatus}
    assert all(BREAK_TRANSITIONS.values())


def test_every_status_can_be_reached_by_a_difference_that_is_found() -> None:
    reached = {S.EXPECTED, S.OPEN}
    for _ in BreakStatus:
        reached |= {after for before in reached for after in BREAK_TRANSITIONS[before]}

    assert reached == {*BreakStatus}


def test_what_is_settled_comes_back_only_as_somebodys() -> None:
    for status in {*BreakStatus} - UNSETTLED:
        assert BREAK_TRANSITIONS[status] <= {S.OPEN, S.EXPECTED}
    for status in (S.AUTO_RESOLVED, S.MANUALLY_RESOLVED, S.WRITTEN_OFF, S.VOID):
        assert BREAK_TRANSITIONS[status] == {S.OPEN}


@pytest.mark.parametrize("before", sorted(BreakStatus))
@pytest.mark.parametrize("after", sorted(BreakStatus))
def test_only_the_tables_steps_are_taken(before: BreakStatus, after: BreakStatus) -> None:
    brk = a_break(before)
    if before is after or after in BREAK_TRANSITIONS[before]:
        moved = brk.moved(after, NOW + 5)
        assert (moved.status, moved.version, moved.updated_at) == (after, 2, NOW + 5)
    else:
        with pytest.raises(IllegalTransition):
            brk.moved(after, NOW)


def test_an_id_is_made_of_psp_anchor_and_aspect() -> None:
    assert break_id("sandbox", "ledger:jrn_1", "presence") == "brk_55a9e7ac186c1010fc0c106c"


def test_a_break_leaves_its_residual_until_it_is_settled_or_parked() -> None:
    brk = a_break()

    assert brk.left == brk.residuals == (("EUR", 500),)
    assert not brk.is_parked
    for status in BreakStatus:
        left = a_break(status).left
        assert left == (brk.residuals if status in UNSETTLED else ())
    parked = a_break(standing=("jrn_1",))
    assert parked.left == ()
    assert parked.is_parked
    assert not a_break(S.AUTO_RESOLVED, standing=("jrn_1",)).is_parked


@pytest.mark.parametrize(
    ("brk", "at_stake"),
    [
        (a_break(), {"EUR": 500}),
        (a_break(difference=a_difference(fee=120)), {"EUR": -3}),
        (a_break(difference=a_difference(their_currency="USD")), {"EUR": 7_000, "USD": -7_000}),
        (a_break(difference=a_difference(Sides.FILE, their_amount=6_900)), {"EUR": 100}),
        (
            a_break(difference=a_difference(Sides.FILE, their_currency="", their_amount=0)),
            {"EUR": 7_000},
        ),
        (
            a_break(difference=a_difference(Sides.FILE, their_currency="USD")),
            {"EUR": 7_000, "USD": 7_000},
        ),
    ],
)
def test_what_is_at_stake_is_the_residual_or_what_the_sides_say(
    brk: Break, at_stake: dict[str, int]
) -> None:
    assert brk.at_stake == at_stake


def test_nothing_is_at_stake_in_a_line_that_cannot_be_read() -> None:
    blank = replace(a_break(), residuals=(), our_currency="", our_amount=0)

    assert replace(blank, their_currency="", their_amount=0).at_stake == {}


def test_a_break_ages_by_the_day_it_is_about() -> None:
    brk = a_break()

    assert brk.age_days(NOW) == 0
    assert brk.age_days(NOW + 13 * HOUR) == 1
    assert brk.age_days(NOW + 40 * DAY) == 40
