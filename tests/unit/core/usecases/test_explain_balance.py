"""What stands on the PSP's account is explained to the minor unit, or it is said what is not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from countinghouse.domain.breaks import Break, BreakStatus
from countinghouse.domain.errors import Invalid
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.domain.reconciliation import shifted
from countinghouse.ports.lakehouse import Fact, LakeQuery, QueryState, Residual, Window
from countinghouse.usecases.explain_balance import (
    STILL_DAYS,
    explain_balance,
    go_on_from,
    read_residuals,
)
from tests.breaks import a_break
from tests.fakes.breaks import FakeBreakBook
from tests.fakes.lakehouse import FakeLakeQueries
from tests.fakes.reconciliation import FakeRunPapers
from tests.runs import DAY, PSP, a_run

EUR_LEFT = (("EUR", 500),)


def a_row(
    fact: Fact, amount: int, currency: str = "EUR", day: str = "", batch: str = ""
) -> Residual:
    return Residual(fact, currency, day, batch, 1, amount)


ALL_EXPLAINED = [
    a_row(Fact.BALANCE, 10_000),
    a_row(Fact.NOT_DUE, 7_000),
    a_row(Fact.UNSETTLED, 2_000, day=DAY, batch="B1"),
    a_row(Fact.UNSETTLED, 500, day=DAY, batch="B2"),
]


@dataclass
class Desk:
    rows: list[Residual] = field(default_factory=lambda: list(ALL_EXPLAINED))
    breaks: FakeBreakBook = field(default_factory=FakeBreakBook)
    papers: FakeRunPapers = field(default_factory=FakeRunPapers)
    shared: FakeRunPapers = field(default_factory=FakeRunPapers)
    outcome: QueryState = QueryState.SUCCEEDED

    def given(self, *breaks: Break) -> Desk:
        self.breaks.put(*(replace(one, break_id=f"brk_{n}") for n, one in enumerate(breaks)))
        return self

    def unexplained(self, day: str = DAY) -> dict[str, int]:
        """As a run of that day finds it, asked for no more of the balance than it needs."""
        run = replace(a_run(), day=day)
        papers, shared = self.papers, self.shared
        since = go_on_from(run, papers, shared).until
        rows = [one for one in self.rows if one.fact is not Fact.BALANCE or one.day >= since]
        queries = FakeLakeQueries(left=rows, outcome=self.outcome)
        window = Window(PSP, DAY, DAY, ContractFee(14, 25), balance_from=since)
        query_id = queries.start(LakeQuery.RESIDUALS, window)
        return explain_balance(run, query_id, queries, self.breaks, papers, shared).unexplained

    def since(self, day: str) -> str:
        """From which day on a run of that day asks for the balance."""
        return go_on_from(replace(a_run(), day=day), FakeRunPapers(), self.shared).until


def left(minor: int, currency: str = "EUR", **changes: Any) -> Break:
    return replace(a_break(), residuals=((currency, minor),), **changes)


def test_movements_to_come_breaks_and_batches_explain_the_balance() -> None:
    assert Desk().given(left(300), left(200)).unexplained() == {}


@pytest.mark.parametrize("place", range(len(ALL_EXPLAINED)))
@pytest.mark.parametrize("by", [1, -1])
def test_one_minor_unit_on_either_side_is_told_with_its_sign(place: int, by: int) -> None:
    desk = Desk().given(left(500))
    row = desk.rows[place]
    desk.rows[place] = replace(row, amount=row.amount + by)

    assert desk.unexplained() == {"EUR": by if row.fact is Fact.BALANCE else -by}


def test_every_currency_is_explained_by_itself() -> None:
    desk = Desk().given(left(500), left(-40, "JPY"), left(7, "USD"))
    desk.rows += [a_row(Fact.BALANCE, 60, "JPY"), a_row(Fact.NOT_DUE, 100, "JPY")]
    desk.rows += [a_row(Fact.BALANCE, 5, "CHF")]

    assert desk.unexplained() == {"CHF": 5, "USD": -7}


def test_a_break_in_two_currencies_explains_both() -> None:
    converted = replace(a_break(), residuals=(("EUR", 500), ("USD", -600)))
    desk = Desk().given(converted)
    desk.rows.append(a_row(Fact.BALANCE, -600, "USD"))

    assert desk.unexplained() == {}


@pytest.mark.parametrize("status", [BreakStatus.EXPECTED, BreakStatus.PENDING_APPROVAL])
def test_a_break_that_somebody_has_still_to_settle_explains(status: BreakStatus) -> None:
    assert Desk().given(left(500, status=status)).unexplained() == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"status": BreakStatus.WRITTEN_OFF},
        {"status": BreakStatus.MATCHED},
        {"standing": ("jrn_1",)},
        {"psp": "other"},
    ],
)
def test_what_is_off_the_account_already_explains_nothing(changes: dict[str, Any]) -> None:
    assert Desk().given(left(500, **changes)).unexplained() == {"EUR": 500}


def test_what_no_file_tells_of_is_not_counted_beside_its_break() -> None:
    desk = Desk().given(left(500))
    desk.rows.append(a_row(Fact.UNMATCHED, 7_500, day=DAY))

    assert desk.unexplained() == {}


def test_the_rows_are_kept_for_the_report() -> None:
    desk = Desk()
    assert read_residuals(desk.papers) == []

    desk.unexplained()
    assert read_residuals(desk.papers) == desk.rows

    desk.rows = [a_row(Fact.BALANCE, 1)]
    desk.unexplained()
    assert read_residuals(desk.papers) == desk.rows


def test_a_query_that_failed_explains_nothing() -> None:
    desk = Desk(outcome=QueryState.FAILED)

    with pytest.raises(Invalid):
        desk.unexplained()
    assert read_residuals(desk.papers) == []
    assert desk.since(DAY) == ""


OLD, NEXT = shifted(DAY, -STILL_DAYS - 5), shifted(DAY, 1)
STOOD = [a_row(Fact.BALANCE, 900, day=OLD), a_row(Fact.BALANCE, -60, "JPY", day=OLD)]


def test_what_stood_before_is_carried_and_not_asked_for_again() -> None:
    desk = Desk(rows=[*STOOD, a_row(Fact.BALANCE, 100, day=DAY), a_row(Fact.NOT_DUE, 1_000)])
    desk.given(left(-60, "JPY"))
    assert desk.since(DAY) == ""
    assert desk.unexplained() == {}
    assert desk.since(NEXT) == shifted(DAY, -STILL_DAYS)

    # Nothing of those days is asked for: a row that would be wrong does not come.
    desk.rows[0] = a_row(Fact.BALANCE, 7, day=OLD)
    assert desk.unexplained(NEXT) == {}
    assert desk.since(NEXT) == shifted(NEXT, -STILL_DAYS)
    balance = [one for one in read_residuals(desk.papers) if one.fact is Fact.BALANCE]
    assert sum(one.amount for one in balance if one.currency == "EUR") == 1_000


def test_what_was_carried_is_carried_further_day_by_day() -> None:
    moved = [a_row(Fact.BALANCE, 1, day=shifted(DAY, -ago)) for ago in range(STILL_DAYS * 2)]
    desk = Desk(rows=[*moved, a_row(Fact.NOT_DUE, len(moved))])

    for later in range(1, 70):
        assert desk.unexplained(shifted(DAY, later)) == {}, later


def test_all_of_it_is_summed_again_on_the_first_day_of_a_month() -> None:
    desk = Desk(rows=[*STOOD[:1], a_row(Fact.NOT_DUE, 900)])
    first = next(day for n in range(1, 32) if (day := shifted(DAY, n)).endswith("-01"))
    assert desk.unexplained() == {}

    assert desk.since(first) == ""
    desk.rows[0] = a_row(Fact.BALANCE, 901, day=OLD)
    assert desk.unexplained(shifted(first, -1)) == {}
    assert desk.unexplained(first) == {"EUR": 1}


def test_what_all_days_do_not_bear_out_is_told_of_until_it_is_explained() -> None:
    desk = Desk(rows=[*STOOD[:1], a_row(Fact.NOT_DUE, 900)])
    first = next(day for n in range(1, 32) if (day := shifted(DAY, n)).endswith("-01"))
    assert desk.unexplained() == {}
    desk.rows[0] = a_row(Fact.BALANCE, 901, day=OLD)

    told = [desk.unexplained(shifted(first, later)) for later in range(3)]
    assert told == [{"EUR": 1}] * 3

    desk.rows[1] = a_row(Fact.NOT_DUE, 901)
    assert desk.unexplained(shifted(first, 3)) == {}
    assert desk.since(shifted(first, 4)) == shifted(first, 3 - STILL_DAYS)


def test_a_balance_that_is_not_yet_explained_leaves_what_is_carried() -> None:
    desk = Desk(rows=[*STOOD[:1], a_row(Fact.NOT_DUE, 900)])
    assert desk.unexplained() == {}
    desk.rows.append(a_row(Fact.BALANCE, 5, day=NEXT))

    assert desk.unexplained(NEXT) == {"EUR": 5}
    assert desk.since(NEXT) == shifted(DAY, -STILL_DAYS)


def test_a_balance_that_is_not_explained_is_not_carried() -> None:
    desk = Desk(rows=[*STOOD[:1]])

    assert desk.unexplained() == {"EUR": 900}
    assert desk.since(NEXT) == ""


def test_an_older_day_that_is_run_again_takes_nothing_back() -> None:
    desk = Desk(rows=[*STOOD[:1], a_row(Fact.NOT_DUE, 900)])
    assert desk.unexplained() == {}

    assert desk.unexplained(shifted(DAY, -9)) == {}
    assert desk.since(NEXT) == shifted(DAY, -STILL_DAYS)


def test_a_run_goes_on_from_what_its_query_went_on_from() -> None:
    desk = Desk(rows=[*STOOD[:1], a_row(Fact.NOT_DUE, 900)])
    run, queries = a_run(), FakeLakeQueries(left=desk.rows)
    since = go_on_from(run, desk.papers, desk.shared).until
    query_id = queries.start(LakeQuery.RESIDUALS, Window(PSP, DAY, DAY, ContractFee(14, 25)))

    assert Desk(rows=desk.rows, shared=desk.shared).unexplained(NEXT) == {}
    told = explain_balance(run, query_id, queries, desk.breaks, desk.papers, desk.shared)

    assert (since, told.unexplained) == ("", {})
