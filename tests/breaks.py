"""Differences, breaks and the rules they are judged by: tests spell what matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from countinghouse.break_bookkeeping import BreakBooks
from countinghouse.domain.break_codes import judge
from countinghouse.domain.break_rules import AutoRule, Grace, ReconciliationRules, RuleId
from countinghouse.domain.break_steps import opened
from countinghouse.domain.breaks import Break, BreakStatus, Look
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.domain.reconciliation import run_id, shifted
from tests.builders import NOW
from tests.fakes.breaks import FakeBreakBook
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger

PSP = "sandbox"
DAY = "2026-11-18"
"""The day on which tests begin: a Wednesday."""

RULES = ReconciliationRules(
    grace=Grace(psp_days=3, bank_days=2, orphan_days=1),
    fees={PSP: ContractFee(14, 25)},
    rules={
        RuleId.FEE_VARIANCE: AutoRule(RuleId.FEE_VARIANCE, 1, {"EUR": 100}, 2, 200),
        RuleId.ROUNDING: AutoRule(RuleId.ROUNDING, 2, {"EUR": 3, "JPY": 3}, 1),
        RuleId.FX_VARIANCE: AutoRule(RuleId.FX_VARIANCE, 1, {"EUR": 500}, None, 50),
        RuleId.RESERVE_MOVEMENT: AutoRule(RuleId.RESERVE_MOVEMENT, 1, {"EUR": 50_000}),
        RuleId.UNALLOCATED: AutoRule(RuleId.UNALLOCATED, 1, {"EUR": 20_000}),
    },
    rates={("USD", "EUR"): 900_000},
    approval_above_minor={"EUR": 1_000, "USD": 1_000},
)
"""2 minor units or 2 per cent of a fee, 50 basis points of a rate; alone up to EUR 10.00."""


def a_look(day: str = DAY, mark: str = "exec-1/1", **changes: Any) -> Look:
    """One look at a day, begun just now."""
    look = Look(run_id(PSP, day), PSP, day, shifted(day, -9), mark, NOW)
    return replace(look, **changes)


def a_difference(
    sides: Sides = Sides.BOTH, category: str = "capture", **changes: Any
) -> Difference:
    """A capture of 70.00 that both sides know, its fee as the contract says.

    Ours alone has no line, theirs alone no movement.
    """
    ours, theirs = sides is not Sides.THEIRS, sides is not Sides.OURS
    difference = Difference(
        anchor="ledger:jrn_1" if ours else "line:1f",
        sides=sides,
        category=category,
        day=DAY,
        order_id="o1",
        checkout_id="c1",
        ledger_id="jrn_1" if ours else "",
        psp_reference="ch_1",
        modification_reference="",
        file_id="f1" if theirs else "",
        line_no=7 if theirs else 0,
        batch="41" if theirs else "",
        our_currency="EUR" if ours else "",
        our_amount=7_000 if ours else 0,
        their_currency="EUR" if theirs else "",
        their_amount=7_000 if theirs else 0,
        fee=123 if theirs else 0,
        expected_fee=123 if theirs else 0,
        parent_known=False,
        checkout_open=0,
        returned=0,
        suggestion="",
        raw_type="charge" if theirs else "",
    )
    return replace(difference, **changes)


def a_break(
    status: BreakStatus = BreakStatus.OPEN, difference: Difference | None = None, **changes: Any
) -> Break:
    """A break as it would stand: AMOUNT_UNDER by 5.00 where nothing else is said."""
    difference = difference or a_difference(their_amount=6_500)
    judgement = judge(difference, DAY, RULES)
    brk = opened(difference, judgement, a_look(), NOW).brk
    return replace(brk, status=status, **changes)


def books_of(
    breaks: FakeBreakBook, clock: FakeClock | None = None, ledger: FakeLedger | None = None
) -> BreakBooks:
    """The fakes as one."""
    ledger = ledger or breaks.ledger
    return BreakBooks(breaks, ledger, ledger, clock or FakeClock())


def balance(ledger: FakeLedger, account: str, currency: str = "EUR") -> int:
    """What the journals leave on an account."""
    return sum(
        leg.amount.minor
        for row in ledger.linked.values()
        for leg in row.journal.legs
        if leg.account.name == account and leg.amount.currency == currency
    )


def kinds(ledger: FakeLedger) -> Sequence[str]:
    """The kinds of the journals, in the order they were booked."""
    return [row.journal.kind for row in ledger.linked.values()]
