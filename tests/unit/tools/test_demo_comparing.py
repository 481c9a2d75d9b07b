"""The demo's comparisons: silent when all agrees, and loud about each thing that does not."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from tools.client import Json, Reply
from tools.demo.cast import Checkout, cast, sellers_of
from tools.demo.comparing import (
    Comparison,
    compare_double_clicks,
    compare_orders,
    compare_payments,
    compare_trial_balance,
    compare_wallets,
)
from tools.demo.playing import Played
from tools.demo.report import compare_stories

CHECKOUTS = cast("demo-t")


def leg(account: str, amount: int, side: str, currency: str) -> Json:
    return {"account": account, "amount": amount, "currency": currency, "transact_type": side}


class World:
    """A system in which everything went as it had to."""

    def __init__(self) -> None:
        self.charges: list[Json] = []
        self.entries: dict[str, list[Json]] = {seller: [] for seller in sellers_of(CHECKOUTS)}
        self.wallets: dict[str, Any] = {seller: {} for seller in self.entries}
        self.accounts: dict[str, dict[str, int]] = {}
        for checkout in CHECKOUTS:
            for part in checkout.parts:
                self.book(checkout, part.order_id, part.seller_id, part.captured)

    def book(self, checkout: Checkout, order_id: str, seller_id: str, captured: int) -> None:
        currency = checkout.currency
        for _ in range(checkout.plot.charges):
            self.charges.append(
                {
                    "order_id": order_id,
                    "captured": captured,
                    "refunded": 0,
                    "currency": currency,
                    "settled_in": None,
                }
            )
        if not captured:
            return
        legs = [
            leg("psp_receivable:sandbox", captured, "debit", currency),
            leg(f"seller_pending:{seller_id}", captured, "credit", currency),
        ]
        journal = {"ledger_id": f"jrn_{order_id}", "reference": order_id, "legs": legs}
        self.entries[seller_id].append(journal)
        held = self.wallets[seller_id].setdefault(currency, {"pending": 0, "available": 0})
        held["pending"] += captured
        accounts = self.accounts.setdefault(currency, {})
        for name, minor in (("psp_receivable:sandbox", captured), ("seller_pending", -captured)):
            accounts[name] = accounts.get(name, 0) + minor

    @property
    def journals(self) -> list[Json]:
        return [journal for journals in self.entries.values() for journal in journals]

    @property
    def balance(self) -> Json:
        return {
            "currencies": {
                currency: {"total": sum(accounts.values()), "accounts": accounts}
                for currency, accounts in self.accounts.items()
            }
        }

    def orders(self) -> Comparison:
        return compare_orders(CHECKOUTS, self.charges, self.journals)

    def trial_balance(self) -> Comparison:
        return compare_trial_balance(self.balance, self.charges)

    def of_wallets(self) -> Comparison:
        return compare_wallets(CHECKOUTS, self.wallets, self.entries)


@pytest.fixture
def world() -> World:
    return World()


def played(checkout: Checkout) -> Played:
    """The checkout as it had to end."""
    orders = []
    for part in checkout.parts:
        order: Json = {"order_id": part.order_id, "status": min(part.ends)}
        code = next(iter(part.failures))
        orders.append(order | ({"failure": {"code": code}} if code else {}))
    took_money = checkout.captured > 0
    payment = {
        "checkout_id": checkout.checkout_id,
        "status": checkout.plot.status,
        "amount": checkout.amount,
        "amount_captured": checkout.captured,
        "created_at": "2026-11-22T08:00:00.000Z",
        "orders": orders,
        **dict.fromkeys(("is_payment_done", "is_ledger_updated", "is_wallet_updated"), took_money),
    }
    answers = [Reply(202, payment, {})]
    if checkout.twice:
        answers.append(Reply(202, payment, {"idempotent-replayed": "true"}))
    return Played(checkout, payment, tuple(answers), 1.0)


PLAYED = [played(checkout) for checkout in CHECKOUTS]


def test_nothing_differs_when_all_went_well(world: World) -> None:
    comparisons = [
        compare_payments(PLAYED),
        compare_double_clicks(PLAYED),
        compare_stories(PLAYED, []),
        world.orders(),
        world.trial_balance(),
        world.of_wallets(),
    ]

    assert [one.differences for one in comparisons] == [()] * len(comparisons)
    assert not any("DIFFERS" in row for one in comparisons for row in one.rows)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": "processing"}, "is processing"),
        ({"amount_captured": 1}, "captured 1"),
        ({"is_ledger_updated": None}, "is_ledger_updated is None"),
        ({"orders": []}, "is None"),
    ],
)
def test_a_payment_that_ended_otherwise_is_told(change: Json, said: str) -> None:
    other = replace(PLAYED[0], payment={**PLAYED[0].payment, **change})

    differences = compare_payments([other, *PLAYED[1:]]).differences

    assert any(said in text for text in differences)


def test_a_failure_for_another_reason_is_told() -> None:
    (story,) = [one for one in PLAYED if one.checkout.plot.title == "expired card"]
    changed = deepcopy(story.payment)
    changed["orders"][0]["failure"]["code"] = "card_declined"

    (difference,) = compare_payments([replace(story, payment=changed)]).differences

    assert "failed for card_declined, not expired_card" in difference


def test_a_double_click_that_made_two_payments_is_told() -> None:
    (twice, *_) = [one for one in PLAYED if one.checkout.twice]
    first, second = twice.answers
    later = Reply(202, {**second.body, "created_at": "2026-11-22T08:00:01.000Z"}, second.headers)
    both_new = Reply(202, second.body, {})

    def told(answer: Reply) -> str:
        return " ".join(
            compare_double_clicks([replace(twice, answers=(first, answer))]).differences
        )

    assert told(second) == ""
    assert "two payments" in told(later)
    assert "both submissions were taken in" in told(both_new)


def charged_twice(world: World) -> None:
    world.charges.append(next(one for one in world.charges if one["captured"]))


def charged_for_nothing(world: World) -> None:
    next(one for one in world.charges if not one["captured"])["captured"] = 5


def not_charged(world: World) -> None:
    world.charges.remove(next(one for one in world.charges if one["captured"]))


def booked_twice(world: World) -> None:
    journals = next(iter(world.entries.values()))
    journals.append({**journals[0], "ledger_id": "jrn_again"})


def not_booked(world: World) -> None:
    next(iter(world.entries.values())).pop()


def booked_too_little(world: World) -> None:
    for part in next(iter(world.entries.values()))[0]["legs"]:
        part["amount"] -= 1


def booked_for_a_stranger(world: World) -> None:
    journals = next(iter(world.entries.values()))
    journals.append({**journals[0], "ledger_id": "jrn_x", "reference": "someone-else"})


@pytest.mark.parametrize(
    "harm",
    [
        charged_twice,
        charged_for_nothing,
        not_charged,
        booked_twice,
        not_booked,
        booked_too_little,
        booked_for_a_stranger,
    ],
)
def test_one_order_out_of_line_is_found(world: World, harm: Callable[[World], None]) -> None:
    harm(world)

    assert world.orders().differences


@pytest.mark.parametrize("harm", [booked_twice, not_booked, booked_too_little])
def test_a_wallet_that_is_not_its_journals_is_found(
    world: World, harm: Callable[[World], None]
) -> None:
    harm(world)

    assert len(world.of_wallets().differences) == 1


def test_a_wallet_that_is_off_by_one_is_found(world: World) -> None:
    wallet = next(wallet for wallet in world.wallets.values() if wallet)
    next(iter(wallet.values()))["pending"] += 1

    assert len(world.of_wallets().differences) == 1


def test_money_in_another_bucket_is_found(world: World) -> None:
    wallet = next(wallet for wallet in world.wallets.values() if wallet)
    next(iter(wallet.values()))["available"] = 1

    assert len(world.of_wallets().differences) == 1


def test_a_book_that_does_not_add_up_is_found(world: World) -> None:
    world.accounts["EUR"]["rounding"] = 1

    assert world.trial_balance().differences == ("the EUR accounts add up to 1, not 0",)


def test_a_receivable_that_is_not_what_the_psp_captured_is_found(world: World) -> None:
    charged_twice(world)

    assert len(world.trial_balance().differences) == 1


def test_earlier_runs_are_part_of_the_whole_book(world: World) -> None:
    world.book(CHECKOUTS[0], "earlier-1", next(iter(world.entries)), 700)

    assert world.trial_balance().differences == ()


def test_a_fault_that_never_struck_is_told() -> None:
    story = next(one for one in PLAYED if one.checkout.plot.faults)
    fault, part = next(iter(story.checkout.faults))
    left = {"order_id": part.order_id, "kind": fault.kind}

    assert len(compare_stories([story], [left]).differences) == 1
