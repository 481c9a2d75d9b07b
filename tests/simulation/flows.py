"""The flows of a payment: what the client and the buyer do, and how it ends whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.simulation import cloud
from tests.simulation.client import Ask, Script, Until
from tests.simulation.events import api_event
from tests.simulation.psp_wire import (
    CARD_DECLINED,
    CARD_OK,
    CARD_THREE_DS,
    CARD_WITHOUT_FUNDS,
    Shop,
)
from tests.simulation.rest import Expected

CHECKOUT = "chk-1"
Orders = tuple[tuple[str, str, int], ...]
ONE: Orders = (("ord-1", "seller-1", 2_500),)
TWO: Orders = (("ord-1", "seller-1", 2_500), ("ord-2", "seller-2", 1_200))


@dataclass(frozen=True, slots=True)
class Flow:
    """A named course of events. `script` makes the client's part; the rest is the world's."""

    name: str
    says: str
    script: Callable[[Shop], Script]
    ends: frozenset[str]
    orders: Mapping[str, frozenset[str]]
    with_streams: bool = True
    with_webhooks: bool = True

    @property
    def expected(self) -> Expected:
        """How it ends."""
        return Expected(self.ends, self.orders, self.with_streams)


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
        if self.buyer_says is not None:
            yield Until(lambda: _payment()["status"] == "requires_action")
            shop.act(session["psp_token"], self.buyer_says)
        if self.captures:
            yield from self._capture_each()
        if self.cancels == "challenge":
            yield Until(lambda: _payment()["status"] == "requires_action")
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


_SUCCEEDED = frozenset({"succeeded"})
_FAILED = frozenset({"failed"})
_CANCELLED = frozenset({"cancelled"})
_REFUSED = frozenset({"failed"})
_CAPTURED = frozenset({"captured"})
_LONE = {"ord-1": _CAPTURED}
_BOTH = {"ord-1": _CAPTURED, "ord-2": _CAPTURED}
# Voided when it was authorised before the other's refusal was known, else never sent at all.
_NEITHER = {"ord-1": frozenset({"voided", "cancelled"}), "ord-2": _REFUSED}

FLOWS: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        Flow(
            "F1",
            "one order, card captured at once, webhook after it",
            Checkout(),
            _SUCCEEDED,
            _LONE,
        ),
        Flow("F2", "two sellers, each kept on its own", Checkout(TWO), _SUCCEEDED, _BOTH),
        Flow(
            "F3",
            "3-D Secure: the buyer acts, the webhook tells",
            Checkout(card=CARD_THREE_DS, buyer_says="approve"),
            _SUCCEEDED,
            _LONE,
        ),
        Flow(
            "F4",
            "all or none, and one is declined: the other is voided",
            Checkout(
                TWO,
                on_partial_failure="cancel_all",
                cards={"ord-1": CARD_OK, "ord-2": CARD_DECLINED},
            ),
            _FAILED,
            _NEITHER,
        ),
        Flow(
            "F5",
            "all or none: both are authorised, then both captured",
            Checkout(TWO, on_partial_failure="cancel_all"),
            _SUCCEEDED,
            _BOTH,
        ),
        Flow(
            "F6",
            "authorised, then captured on request",
            Checkout(capture="manual", captures=True),
            _SUCCEEDED,
            _LONE,
        ),
        Flow(
            "F7",
            "the PSP takes the money and never answers",
            Checkout(psp_fault="timeout_after_success"),
            _SUCCEEDED,
            _LONE,
        ),
        Flow(
            "F8",
            "3-D Secure, and every webhook is lost",
            Checkout(card=CARD_THREE_DS, buyer_says="approve"),
            _SUCCEEDED,
            _LONE,
            with_webhooks=False,
        ),
        Flow(
            "F9",
            "two sellers, and every stream record and webhook is lost",
            Checkout(TWO),
            _SUCCEEDED,
            _BOTH,
            with_streams=False,
            with_webhooks=False,
        ),
        Flow(
            "F10",
            "two sellers, one declined: the other is kept",
            Checkout(TWO, cards={"ord-1": CARD_OK, "ord-2": CARD_DECLINED}),
            frozenset({"partially_succeeded"}),
            {"ord-1": _CAPTURED, "ord-2": _REFUSED},
        ),
        Flow(
            "F11",
            "a soft decline, and the next attempt is paid",
            Checkout(cards={"ord-1:charge:1": CARD_WITHOUT_FUNDS, "ord-1": CARD_OK}),
            _SUCCEEDED,
            _LONE,
        ),
        Flow(
            "F12",
            "all or none with 3-D Secure: one challenge, two captures",
            Checkout(
                TWO,
                card=CARD_THREE_DS,
                on_partial_failure="cancel_all",
                buyer_says="approve",
            ),
            _SUCCEEDED,
            _BOTH,
        ),
        Flow(
            "F13",
            "3-D Secure, and the buyer declines",
            Checkout(card=CARD_THREE_DS, buyer_says="decline"),
            _FAILED,
            {"ord-1": _REFUSED},
        ),
        Flow(
            "F14",
            "3-D Secure, and the buyer never answers",
            Checkout(card=CARD_THREE_DS),
            _FAILED,
            {"ord-1": frozenset({"expired"})},
        ),
        Flow(
            "F15",
            "cancelled while the buyer is challenged",
            Checkout(card=CARD_THREE_DS, cancels="challenge"),
            _CANCELLED,
            {"ord-1": frozenset({"voided", "cancelled"})},
        ),
        Flow(
            "F16",
            "cancelled at once: whichever comes first",
            Checkout(cancels="payment"),
            _SUCCEEDED | _CANCELLED,
            {"ord-1": frozenset({"captured", "cancelled"})},
        ),
        Flow(
            "F17",
            "authorised, then the order is cancelled",
            Checkout(capture="manual", cancels="order"),
            _CANCELLED,
            {"ord-1": frozenset({"voided"})},
        ),
        Flow(
            "F18",
            "authorised, then captured in part",
            Checkout(capture="manual", captures=True, capture_amount=1_000),
            _SUCCEEDED,
            {"ord-1": frozenset({"partially_captured"})},
        ),
    )
}
