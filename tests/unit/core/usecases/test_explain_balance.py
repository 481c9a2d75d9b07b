"""What stands on the PSP's account is explained to the minor unit, or it is said what is not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from countinghouse.domain.breaks import Break, BreakStatus
from countinghouse.domain.errors import Invalid
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.ports.lakehouse import Fact, LakeQuery, QueryState, Residual, Window
from countinghouse.usecases.explain_balance import explain_balance, read_residuals
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
    outcome: QueryState = QueryState.SUCCEEDED

    def given(self, *breaks: Break) -> Desk:
        self.breaks.put(*(replace(one, break_id=f"brk_{n}") for n, one in enumerate(breaks)))
        return self

    def unexplained(self) -> dict[str, int]:
        queries = FakeLakeQueries(left=self.rows, outcome=self.outcome)
        window = Window(PSP, DAY, DAY, ContractFee(14, 25))
        query_id = queries.start(LakeQuery.RESIDUALS, window)
        return explain_balance(a_run(), query_id, queries, self.breaks, self.papers).unexplained


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
    assert desk.papers.papers == {}
