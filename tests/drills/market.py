"""A morning's trade for the drills: buyers, deliveries, refunds, a payout, in the simulation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from unittest.mock import patch

from countinghouse.domain.instants import DAY
from tests.simulation import cloud
from tests.simulation import world as worlds
from tests.simulation.client import Ask, Pass, Script, Until
from tests.simulation.clock import START_MS
from tests.simulation.events import api_event
from tests.simulation.faults import Plan
from tests.simulation.flow import Flow, Play
from tests.simulation.machine import Machine
from tests.simulation.payday import accounts, is_paid_out, pay_out, sent
from tests.simulation.preludes import deliver, is_booked, order, refund
from tests.simulation.psp_wire import CARD_OK, Shop
from tests.simulation.world import World

W = TypeVar("W", bound=World)

CALM = 0
"""The seed of a world in which nothing goes wrong but what the drill does."""

AMOUNT = 7_000
BACK = 1_500
PAYEE = "seller-1"
SELLERS = 3
DECIDED = frozenset({"captured", "failed"})
_PATIENT: dict[str, Any] = {"STEPS_MAX": 200_000, "TRIES_MAX": 100_000}
"""A drill lasts hours; what ends a history that goes on for ever is its flow's patience."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """One checkout: an order or two, delivered; every third is refunded in part afterwards."""

    number: int

    @property
    def checkout_id(self) -> str:
        return f"chk-{self.number}"

    @property
    def order_ids(self) -> tuple[str, ...]:
        """One order, or two of different sellers."""
        return tuple(f"ord-{self.number}{letter}" for letter in "ab"[: 1 + self.number % 2])

    def seller(self, place: int) -> str:
        return f"seller-{1 + (self.number + place) % SELLERS}"

    def __call__(self, shop: Shop) -> Script:
        """Session, card, payment, delivery, and what goes back."""
        yield from self.pays(shop)
        for order_id in self.order_ids:
            yield Until(partial(_is_decided, order_id))
            if not _is_captured(order_id):
                continue
            yield deliver(order_id)
            if self.number % 3 == 0:
                yield refund(BACK, order_id, order_id=order_id)
            yield Until(partial(is_booked, order_id))

    def pays(self, shop: Shop) -> Script:
        """Session, card, payment."""
        session = yield self._session()
        shop.attach(session["psp_token"], CARD_OK)
        yield self._payment(session["psp_token"])

    def _session(self) -> Ask:
        body = {
            "checkout_id": self.checkout_id,
            "amount": AMOUNT * len(self.order_ids),
            "currency": "EUR",
        }
        event = api_event("POST /v1/payments/sessions", body)
        return Ask("payments", event, lambda: self._row() is not None)

    def _payment(self, psp_token: str) -> Ask:
        body = {
            "checkout_id": self.checkout_id,
            "user_info": {"user_id": f"buyer-{self.number}", "country": "DE"},
            "payment_details": {"method": "credit_card", "psp_token": psp_token},
            "currency": "EUR",
            "orders": [
                {"order_id": order_id, "seller_id": self.seller(place), "amount": AMOUNT}
                for place, order_id in enumerate(self.order_ids)
            ],
            "on_partial_failure": "keep",
            "capture": "automatic",
        }
        event = api_event("POST /v1/payments/event", body)
        return Ask("payments", event, lambda: "fingerprint" in (self._row() or {}))

    def _row(self) -> dict[str, object] | None:
        return cloud.row("payment_event", self.checkout_id)


def _is_decided(order_id: str) -> bool:
    return order(order_id).get("status") in DECIDED


def _is_captured(order_id: str) -> bool:
    return order(order_id).get("status") == "captured"


def payee(buyers: int) -> Play:
    """A seller, who is paid out once all that was sold is delivered, if anything was."""
    own = [
        order_id
        for buyer in map(Buyer, range(buyers))
        for place, order_id in enumerate(buyer.order_ids)
        if buyer.seller(place) == PAYEE
    ]

    named: list[str] = []

    def play(shop: Shop) -> Script:
        yield Until(lambda: all(map(_is_over, own)))
        if not any(map(_is_captured, own)):
            return
        if not named:
            named.append(shop.bank_account(PAYEE))
        yield _register(named[0])
        yield pay_out()
        yield from sent(shop, "pay")
        yield Until(is_paid_out)

    return play


def _register(bank_account: str) -> Ask:
    """Where the payee is paid: the same account when it is told again."""
    body = {"currency": "EUR", "bank_account": bank_account}
    route = "POST /v1/sellers/{seller_id}/bank-accounts"
    event = api_event(route, body, {"seller_id": PAYEE})
    return Ask("payouts", event, lambda: any(accounts()))


def _is_over(order_id: str) -> bool:
    done = "delivery" in order(order_id) and is_booked(order_id)
    return done or order(order_id).get("status") == "failed"


def _later(buyer: Buyer, at: int) -> Play:
    def play(shop: Shop) -> Script:
        yield Pass(at)
        yield from buyer(shop)

    return play


def market(name: str, buyers: int, *more: Play, may_fail: bool = False, apart_ms: int = 0) -> Flow:
    """The flow of so many buyers and a payout; `more` are scripts of the drill's own.

    A checkout that is executed only when its session at the PSP is over `may_fail`. Buyers come at
    once, or one so long after the other.
    """
    everybody = [Buyer(number) for number in range(buyers)]
    come = [_later(b, START_MS + b.number * apart_ms) if apart_ms else b for b in everybody]
    ends = DECIDED if may_fail else frozenset({"captured"})
    payments = frozenset({"succeeded", *(("failed", "partially_succeeded") if may_fail else ())})
    return Flow(
        name,
        f"{buyers} checkouts, delivered, some refunded, a seller paid out",
        (*come, payee(buyers), *more),
        payments,
        {order_id: ends for buyer in everybody for order_id in buyer.order_ids},
        patience_ms=30 * DAY,
    )


@contextmanager
def open_world(machine: Machine, flow: Flow, seed: int, made: Callable[..., W]) -> Iterator[W]:
    """A world that is alive and patient enough for a drill."""
    world = made(machine, flow, Plan(flow.name, (), seed))
    with patch.multiple(worlds, **_PATIENT), world.alive():
        yield world


def charged_twice(shop: Shop) -> int:
    """How many orders the PSP holds more than one charge of."""
    held = [c.order_id for c in shop.charges() if c.status in ("authorized", "captured")]
    return len(held) - len(set(held))
