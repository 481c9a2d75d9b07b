"""What may be asked: known reports, real days, at most a year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.analytics import (
    COLUMNS,
    DAYS_MAX,
    Kind,
    Question,
    Report,
    question,
)
from countinghouse.domain.errors import Invalid, NotFound


def test_a_question() -> None:
    assert question("psp_cost", "2026-11-01", "2026-11-30") == Question(
        Report.PSP_COST, "2026-11-01", "2026-11-30"
    )


@pytest.mark.parametrize("name", ["", "Volume", "volume ", "sucess_rate", "match"])
def test_an_unknown_report_is_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        question(name, "2026-11-01", "2026-11-30")


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2026-11-02", "2026-11-01", "to"),
        ("2026-02-30", "2026-03-01", "from"),
        ("2026-11-01", "2026-11-31", "to"),
        ("20261101", "2026-11-30", "from"),
        ("2026-11-01", "2026-W48-1", "to"),
        ("2026-11-01", "", "to"),
        ("2026-11-01'--", "2026-11-30", "from"),
        ("2026-11-01", "2026-11-30T00:00:00", "to"),
        ("2026-1-01", "2026-11-30", "from"),
        ("0001-01-01", "0001-01-02", "from"),
        ("1999-12-31", "2000-01-01", "from"),
    ],
)
def test_bad_days_are_refused(first: str, last: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        question("volume", first, last)

    assert refused.value.field == field


def test_one_day_is_enough_and_a_leap_year_is_not_too_much() -> None:
    question("volume", "2026-11-01", "2026-11-01")
    question("volume", "2028-01-01", "2028-12-31")
    with pytest.raises(Invalid):
        question("volume", "2028-01-01", "2029-01-01")


@given(st.dates(min_value=date(2000, 1, 1)), st.integers(-3, DAYS_MAX + 3))
def test_a_range_is_taken_exactly_when_it_is_one(first: date, days: int) -> None:
    try:
        last = first + timedelta(days=days)
    except OverflowError:
        return
    if 0 <= days < DAYS_MAX:
        question("volume", first.isoformat(), last.isoformat())
    else:
        with pytest.raises(Invalid):
            question("volume", first.isoformat(), last.isoformat())


@pytest.mark.parametrize("report", Report)
def test_every_report_has_columns_and_its_amounts_a_currency(report: Report) -> None:
    columns = COLUMNS[report]

    assert list(columns.values()) == sorted(columns.values(), reverse=True), "texts come first"
    assert Kind.INTEGER in columns.values()
    amounts = {"captured", "refunded", "amount", "fees", "withdrawn", "net"}
    if amounts & columns.keys():
        assert "currency" in columns
