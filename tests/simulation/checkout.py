"""A buyer's checkout: what the client and the buyer do until the money is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.simulation import cloud
from tests.simulation.client import Ask, Script, Until
from tests.simulation.events import api_event
from tests.simulation.psp_wire import CARD_OK, Shop

CHECKOUT = "chk-1"
Orders = tuple[tuple[str, str, int], ...]
ONE: Orders = (("ord-1", "seller-1", 2_500),)
TWO: Orders = (("ord-1", "seller-1", 2_500), ("ord-2", "seller-2", 1_200))


@dataclass(frozen=True, slots=True)
class Checkout:
    """A buyer's checkout and what is peculiar about it."""

    orders: Orders = ONE
    card: str = CARD_OK
    on_partial_failure: str = "keep"
    capture: str = "automatic"
    cards: Mapping[str, str] = field(default_factory=dict)
    psp_fault: str | None = None
    buyer_says: str | None = None
    psp_waits: bool = False
    """The PSP never says that the buyer's time is over; who answers does so when we give it up."""
    captures: bool = False
    capture_amount: int | None = None
    cancels: str | None = None

    def __call__(self, shop: Shop) -> Script:
        """Session, card, payment; then the challenge or the capture, where there is one."""
        shop.cards.update(self.cards)
        if self.psp_fault is not None:
            shop.plant(self.psp_fault)
        session = yield self._session()
        shop.attach(session["psp_token"], self.card)
        yield self._payment(session["psp_token"])
        if self.psp_waits:
            yield Until(_is_challenged)
            shop.forget_the_time(session["psp_token"])
        if self.buyer_says is not None:
            yield Until(_is_given_up if self.psp_waits else _is_challenged)
            shop.act(session["psp_token"], self.buyer_says)
        if self.captures:
            yield from self._capture_each()
        if self.cancels == "challenge":
            yield Until(_is_challenged)
        if self.cancels in ("payment", "challenge"):
            yield _cancel_payment()
        if self.cancels == "order":
            yield Until(lambda: _is("ord-1", "authorized"))
            yield _cancel_order("ord-1")

    def _capture_each(self) -> Script:
        for order_id, _, _ in self.orders:
            yield Until(partial(_is, order_id, "authorized"))
            yield _capture(order_id, self.capture_amount)

    def _session(self) -> Ask:
        amount = sum(minor for _, _, minor in self.orders)
        body = {"checkout_id": CHECKOUT, "amount": amount, "currency": "EUR"}
        event = api_event("POST /v1/payments/sessions", body)
        return Ask("payments", event, lambda: cloud.row("payment_event", CHECKOUT) is not None)

    def _payment(self, psp_token: str) -> Ask:
        body = {
            "checkout_id": CHECKOUT,
            "user_info": {"user_id": "buyer-1", "country": "DE"},
            "payment_details": {"method": "credit_card", "psp_token": psp_token},
            "currency": "EUR",
            "orders": [
                {"order_id": order_id, "seller_id": seller_id, "amount": minor}
                for order_id, seller_id, minor in self.orders
            ],
            "on_partial_failure": self.on_partial_failure,
            "capture": self.capture,
        }
        event = api_event("POST /v1/payments/event", body)
        return Ask("payments", event, lambda: "fingerprint" in _payment())


def _payment() -> dict[str, Any]:
    return cloud.row("payment_event", CHECKOUT) or {"status": "none"}


def _is_challenged() -> bool:
    return bool(_payment()["status"] == "requires_action")


def _is_given_up() -> bool:
    """Its end is wanted, or has come: faults may let nobody see the time between."""
    return any(_is("ord-1", status) for status in ("void_pending", "expired"))


def _is(order_id: str, status: str) -> bool:
    order = cloud.row("payment_order", order_id)
    return order is not None and order["status"] == status


def _capture(order_id: str, amount: int | None) -> Ask:
    body = None if amount is None else {"amount": amount}
    event = api_event("POST /v1/orders/{order_id}/capture", body, {"order_id": order_id})
    return Ask("orders", event, lambda: _wants(order_id, "capture"))


def _cancel_order(order_id: str) -> Ask:
    event = api_event("POST /v1/orders/{order_id}/cancel", None, {"order_id": order_id})
    return Ask("orders", event, lambda: _wants(order_id, "void"))


def _wants(order_id: str, operation: str) -> bool:
    order = cloud.row("payment_order", order_id) or {}
    return bool(order.get("operation", {}).get("kind") == operation)


def _cancel_payment() -> Ask:
    event = api_event("POST /v1/payments/{checkout_id}/cancel", None, {"checkout_id": CHECKOUT})
    too_late = frozenset({409})
    return Ask("payments", event, lambda: _payment().get("decision") == "cancel", too_late)
