import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.close import (
    Closes,
    MonthClose,
    end_of_month,
    latest_month,
    month_after,
    month_before,
    month_of,
    parse_month,
    start_of_month,
    statement_month,
)
from countinghouse.domain.errors import IllegalTransition, Invalid
from countinghouse.domain.instants import DAY, HOUR, SECOND, start_of_day
from tests.builders import NOW

NOV = start_of_day("2026-11-01")
DEC = start_of_day("2026-12-01")
CLOSED_NOV = Closes((MonthClose("2026-11", DEC + 2 * DAY),))
instants = st.integers(NOV - 200 * DAY, NOV + 200 * DAY)


@st.composite
def closes(draw: st.DrawFn) -> Closes:
    """Closes in order, each at some time after the last, early ones among them."""
    found, month = Closes(), draw(st.sampled_from(["2026-09", "2026-10", "2026-11"]))
    at = draw(instants)
    for _ in range(draw(st.integers(0, 4))):
        found = found.closing(month, at, early=True)
        month, at = month_after(month), at + draw(st.integers(0, 60)) * DAY
    return found


@pytest.mark.parametrize("text", ["2026-11", "2000-01", "2999-12"])
def test_a_month_is_read(text: str) -> None:
    assert parse_month(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026", "2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", "2026-11\n"),
        # The last two have no end, or no beginning, that a calendar knows.
        *("２０２６-11", "1999-12", "9999-12", "0000-01"),
    ],
)
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_month(text)

    assert refused.value.field == "month"


@given(instants)
def test_an_instant_is_in_its_month(instant: int) -> None:
    month = month_of(instant)

    assert start_of_month(month) <= instant < end_of_month(month)
    assert month_before(month_after(month)) == month
    assert month_before(month) < month < month_after(month)


def test_the_last_millisecond_of_a_month_is_in_it_and_the_next_is_not() -> None:
    assert (month_of(DEC - 1), month_of(DEC)) == ("2026-11", "2026-12")
    assert month_of(start_of_day("2028-03-01") - 1) == "2028-02"


def test_before_any_close_a_journal_counts_where_its_event_happened() -> None:
    assert statement_month(NOV - 1, DEC + DAY, Closes()) == "2026-10"
    assert statement_month(NOV, DEC + DAY, Closes()) == "2026-11"


def test_what_is_booked_after_the_close_counts_in_the_month_that_was_open() -> None:
    closed_at = DEC + 2 * DAY

    assert statement_month(DEC - DAY, closed_at - 1, CLOSED_NOV) == "2026-11"
    assert statement_month(DEC - DAY, closed_at, CLOSED_NOV) == "2026-12"
    assert statement_month(DEC - 90 * DAY, closed_at, CLOSED_NOV) == "2026-12"


def test_an_event_from_a_clock_that_runs_ahead_counts_when_it_was_booked() -> None:
    assert statement_month(DEC + DAY, DEC - DAY, Closes()) == "2026-11"


def test_a_month_that_was_closed_early_takes_nothing_more() -> None:
    early = Closes().closing("2026-11", NOV + DAY, early=True)

    assert statement_month(NOV + 2 * DAY, NOV + 2 * DAY, early) == "2026-12"


@given(instants, instants, closes(), st.integers(0, 400))
def test_a_later_close_never_moves_a_journal(
    event_at: int, created_at: int, found: Closes, days: int
) -> None:
    before = statement_month(event_at, created_at, found)
    after = created_at + days * DAY + 1
    last = found.months[-1].month if found.months else "2026-08"

    later = found.closing(month_after(last), max(after, created_at + 1), early=True)

    assert statement_month(event_at, created_at, later) == before


@given(instants, instants, closes())
def test_no_journal_counts_in_a_month_that_was_closed_when_it_was_booked(
    event_at: int, created_at: int, found: Closes
) -> None:
    counted = statement_month(event_at, created_at, found)

    closed_at = found.closed_at(counted)
    assert closed_at is None or closed_at > created_at


@given(instants, instants, instants, closes())
def test_the_walk_may_stop_where_nothing_older_can_count(
    event_at: int, created_at: int, older: int, found: Closes
) -> None:
    bound = latest_month(created_at, found)

    assert statement_month(event_at, min(older, created_at), found) <= bound


def test_a_month_is_closed_once_and_keeps_its_time() -> None:
    again = CLOSED_NOV.closing("2026-11", DEC + 90 * DAY)

    assert again is CLOSED_NOV


def test_months_are_closed_in_order() -> None:
    with pytest.raises(IllegalTransition) as refused:
        CLOSED_NOV.closing("2027-01", DEC + 90 * DAY)
    assert refused.value.code == "close_out_of_order"

    with pytest.raises(IllegalTransition):
        CLOSED_NOV.closing("2026-10", DEC + 90 * DAY)

    both = CLOSED_NOV.closing("2026-12", DEC + 90 * DAY)
    assert [close.month for close in both] == ["2026-11", "2026-12"]


def test_a_month_that_has_not_ended_is_closed_early_or_not_at_all() -> None:
    with pytest.raises(IllegalTransition) as refused:
        Closes().closing("2026-11", DEC - SECOND)
    assert refused.value.code == "month_not_ended"

    assert Closes().closing("2026-11", DEC).closed_at("2026-11") == DEC
    assert Closes().closing("2026-11", NOW, early=True).closed_at("2026-11") == NOW


def test_a_clock_that_was_set_back_does_not_put_closes_out_of_order() -> None:
    both = CLOSED_NOV.closing("2026-12", DEC + HOUR, early=True)

    assert both.closed_at("2026-12") == CLOSED_NOV.closed_at("2026-11")


def test_months_before_the_first_close_are_closed_with_it() -> None:
    assert CLOSED_NOV.closed_at("2026-03") == DEC + 2 * DAY
    assert CLOSED_NOV.closed_at("2026-12") is None


@pytest.mark.parametrize(
    "months",
    [
        (MonthClose("2026-11", 1), MonthClose("2027-01", 2)),
        (MonthClose("2026-11", 2), MonthClose("2026-12", 1)),
        (MonthClose("2026-11", 1), MonthClose("2026-11", 1)),
    ],
)
def test_closes_with_a_gap_or_against_time_cannot_be_built(months: tuple[MonthClose, ...]) -> None:
    with pytest.raises(Invalid):
        Closes(months)
