"""The payout run's comparisons: silent when all agrees, and loud about each thing that does not."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from tools.client import Json
from tools.demo.comparing import Comparison
from tools.payout_run.cast import BANK_REFUSES, CURRENCY, NO_ACCOUNT, Seller, cast
from tools.payout_run.comparing import (
    Found,
    compare_payouts,
    compare_psp,
    compare_runs,
    compare_trial_balance,
    compare_wallets,
)
from tools.payout_run.looking import Look, Row

PERIOD = "2026-11"
SELLERS = cast("pay-t", 20)


def leg(account: str, amount: int, side: str) -> Json:
    return {"account": account, "amount": amount, "currency": CURRENCY, "transact_type": side}


def journal(seller: Seller, kind: str, debit: str, credit: str) -> Json:
    return {
        "ledger_id": f"{seller.seller_id}-{kind}",
        "kind": kind,
        "reference": seller.payout_id(PERIOD),
        "legs": [leg(debit, seller.amount, "debit"), leg(credit, seller.amount, "credit")],
    }


def journals(seller: Seller) -> list[Json]:
    available = f"seller_available:{seller.seller_id}"
    in_payout = f"seller_in_payout:{seller.seller_id}"
    found = [journal(seller, "adjustment", "adjustments", available)]
    if seller.plot.ends is not None:
        found.append(journal(seller, "payout_reserve", available, in_payout))
    if seller.plot.ends == "paid":
        found.append(journal(seller, "payout_paid", in_payout, "bank:sandbox"))
    if seller.plot.ends == "failed":
        found.append(journal(seller, "payout_failed", in_payout, available))
    return found


def payouts(seller: Seller) -> list[Json]:
    if seller.plot.ends is None:
        return []
    return [
        {
            "payout_id": seller.payout_id(PERIOD),
            "status": seller.plot.ends,
            "amount": seller.amount,
            "currency": CURRENCY,
        }
    ]


class World:
    """A run in which everything went as it had to."""

    def __init__(self) -> None:
        self.found = {
            seller.seller_id: Found(
                seller,
                payouts(seller),
                {CURRENCY: {"available": seller.keeps, "in_payout": 0}},
                journals(seller),
            )
            for seller in SELLERS
        }
        self.accounts = {s.seller_id: f"ba-{s.seller_id}" for s in SELLERS if s.plot.has_account}
        self.psp: list[Json] = [
            {
                "reference": seller.payout_id(PERIOD),
                "bank_account": self.accounts[seller.seller_id],
                "amount": seller.amount,
                "currency": CURRENCY,
                "status": seller.plot.ends,
            }
            for seller in SELLERS
            if seller.plot.ends is not None
        ]

    def of(self, index: int) -> Any:
        """What was found of a seller, to be altered."""
        return self.found[SELLERS[index].seller_id]

    def alter(self, index: int, **changes: Any) -> None:
        """Find something else of a seller."""
        self.found[SELLERS[index].seller_id] = replace(self.of(index), **changes)

    def compare(self) -> list[Comparison]:
        found = list(self.found.values())
        return [
            compare_payouts(found, PERIOD),
            compare_psp(found, self.psp, self.accounts),
            compare_wallets(found),
        ]


def differences(world: World) -> list[str]:
    return [text for one in world.compare() for text in one.differences]


def flags(world: World) -> set[str]:
    return {row[-1] for one in world.compare() for row in one.rows}


def test_a_run_in_which_all_went_well_differs_nowhere() -> None:
    assert differences(World()) == []
    assert flags(World()) == {"ok"}


def second_payout(world: World) -> None:
    world.of(0).payouts.append({**world.of(0).payouts[0], "payout_id": "po_again"})


def payout_of_another_id(world: World) -> None:
    world.of(0).payouts[0]["payout_id"] = "po_other"


def payout_left_out(world: World) -> None:
    world.of(0).payouts.clear()


def payout_on_its_way(world: World) -> None:
    world.of(0).payouts[0]["status"] = "in_transit"


def payout_without_account(world: World) -> None:
    index = next(i for i, seller in enumerate(SELLERS) if seller.plot is NO_ACCOUNT)
    world.of(index).payouts.append(deepcopy(world.of(0).payouts[0]))


def paid_twice_at_the_psp(world: World) -> None:
    world.psp.append({**world.psp[0], "reference": "po_unknown_to_us"})


def paid_more_at_the_psp(world: World) -> None:
    world.psp[0]["amount"] += 1


def paid_at_the_psp_but_failed_here(world: World) -> None:
    failed = next(seller for seller in SELLERS if seller.plot is BANK_REFUSES)
    for one in world.psp:
        if one["reference"] == failed.payout_id(PERIOD):
            one["status"] = "paid"


def booked_but_never_sent(world: World) -> None:
    world.psp.clear()


def money_left_in_the_wallet(world: World) -> None:
    world.alter(0, balances={CURRENCY: {"available": 1}})


def money_lost_with_a_failed_payout(world: World) -> None:
    index = next(i for i, seller in enumerate(SELLERS) if seller.plot is BANK_REFUSES)
    world.alter(index, balances={})


def wallet_that_its_journals_do_not_explain(world: World) -> None:
    world.of(0).entries.pop()


@pytest.mark.parametrize(
    "damage",
    [
        second_payout,
        payout_of_another_id,
        payout_left_out,
        payout_on_its_way,
        payout_without_account,
        paid_twice_at_the_psp,
        paid_more_at_the_psp,
        paid_at_the_psp_but_failed_here,
        booked_but_never_sent,
        money_left_in_the_wallet,
        money_lost_with_a_failed_payout,
        wallet_that_its_journals_do_not_explain,
    ],
)
def test_whatever_differs_is_said(damage: Callable[[World], None]) -> None:
    world = World()
    damage(world)

    assert differences(world)


def test_other_peoples_payouts_at_the_psp_are_no_concern() -> None:
    world = World()
    world.psp.append({**world.psp[0], "bank_account": "ba-demo", "reference": "po_demo"})

    assert differences(world) == []


def look(*rows: Row) -> Look:
    return Look(rows, {"s1": "ba-1"})


ROW = Row("po_1", "s1", "paid", 5, is_resting=True)
SENT = {"bank_account": "ba-1", "amount": 700, "reference": "po_1"}
OTHERS = {"bank_account": "ba-demo", "amount": 900, "reference": "po_2"}


def test_a_second_run_that_touches_nothing_is_silent() -> None:
    compared = compare_runs(look(ROW), look(ROW), ([SENT], [SENT, OTHERS]))

    assert compared.differences == ()


@pytest.mark.parametrize(
    ("after", "sent"),
    [
        (look(ROW, replace(ROW, payout_id="po_2")), [SENT]),
        (look(replace(ROW, version=6)), [SENT]),
        (look(ROW), [SENT, {**SENT, "reference": "po_3"}]),
        (look(ROW), []),
    ],
)
def test_a_second_run_that_does_anything_is_found_out(after: Look, sent: list[Json]) -> None:
    assert compare_runs(look(ROW), after, ([SENT], sent)).differences


def balance(total: int, bank: int) -> Json:
    return {"currencies": {CURRENCY: {"total": total, "accounts": {"bank:sandbox": bank}}}}


def test_the_trial_balance_is_zero_and_the_bank_agrees_with_the_psp() -> None:
    paid = {"currency": CURRENCY, "amount": 700, "status": "paid"}
    failed = {**paid, "status": "failed"}

    assert compare_trial_balance(balance(0, -700), [paid, failed]).differences == ()
    assert len(compare_trial_balance(balance(1, -700), [paid]).differences) == 1
    assert len(compare_trial_balance(balance(0, -701), [paid]).differences) == 1
