"""The clients of the journeys. Their ids are as long as UUIDs, since each byte of a row counts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.simulation import cloud
from tests.simulation.client import Ask, Script, Until
from tests.simulation.events import api_event
from tests.simulation.psp_wire import CARD_OK, Shop

AMOUNT = 7_000
_NAMES = uuid.UUID("5f2b1c8e-8a0e-4d39-9c5a-0d2f6f0c7a11")


def an_id(name: str) -> str:
    """A UUID, the same one for the same name."""
    return str(uuid.uuid5(_NAMES, name))


@dataclass(frozen=True, slots=True)
class Purchase:
    """A buyer's checkout: its number, and the sellers of its orders."""

    number: int
    sellers: tuple[int, ...] = (1,)
    card: str = CARD_OK
    capture: str = "automatic"

    @property
    def checkout_id(self) -> str:
        """Its id."""
        return an_id(f"checkout {self.number}")

    @property
    def order_ids(self) -> tuple[str, ...]:
        """The ids of its orders."""
        return tuple(an_id(f"order {self.number}/{place}") for place in range(len(self.sellers)))

    def __call__(self, shop: Shop) -> Script:
        """Session, card, payment."""
        session = yield self._session()
        shop.attach(session["psp_token"], self.card)
        yield self._payment(session["psp_token"])

    def _session(self) -> Ask:
        amount = AMOUNT * len(self.sellers)
        body = {"checkout_id": self.checkout_id, "amount": amount, "currency": "EUR"}
        return ask("payments", "POST /v1/payments/sessions", body)

    def _payment(self, psp_token: str) -> Ask:
        body = {
            "checkout_id": self.checkout_id,
            "user_info": {"user_id": an_id(f"user {self.number}"), "country": "DE"},
            "payment_details": {"method": "credit_card", "psp_token": psp_token},
            "currency": "EUR",
            "orders": [
                {"order_id": order_id, "seller_id": seller_id(seller), "amount": AMOUNT}
                for order_id, seller in zip(self.order_ids, self.sellers, strict=True)
            ],
            "on_partial_failure": "keep",
            "capture": self.capture,
        }
        return ask("payments", "POST /v1/payments/event", body)


def seller_id(number: int) -> str:
    """A seller's id."""
    return an_id(f"seller {number}")


def order(order_id: str) -> dict[str, Any]:
    """An order's row, empty while there is none."""
    return cloud.row("payment_order", order_id) or {}


def until_order(order_id: str, status: str) -> Until:
    """Wait for an order to stand so."""
    return Until(lambda: order(order_id).get("status") == status)


def of_each_order(
    purchases: tuple[Purchase, ...], part: Callable[[str, Shop], Script]
) -> tuple[Callable[[Shop], Script], ...]:
    """A client for each order, who does this part."""
    orders = [order_id for purchase in purchases for order_id in purchase.order_ids]
    return tuple(partial(part, order_id) for order_id in orders)


def captures(order_id: str, _: Shop) -> Script:
    """Capture an order that is authorised."""
    yield ask("orders", "POST /v1/orders/{order_id}/capture", None, {"order_id": order_id})


def delivers(order_id: str, _: Shop) -> Script:
    """Say that an order was delivered."""
    yield ask("fulfilment", "POST /v1/orders/{order_id}/deliveries", None, {"order_id": order_id})


def refunds(order_id: str, _: Shop) -> Script:
    """Give all of an order back."""
    body = {"amount": AMOUNT, "reason": "sent back"}
    route, path = "POST /v1/orders/{order_id}/refunds", {"order_id": order_id}
    yield ask("fulfilment", route, body, path, key=f"refund-{order_id}")


def disputes(order_id: str, shop: Shop) -> Script:
    """The buyer's bank disputes an order, and the seller wins."""
    reference = shop.dispute(order_id, AMOUNT)
    yield Until(lambda: _disputed(order_id, "opened"))
    shop.decide(reference, "win")
    yield Until(lambda: _disputed(order_id, "won"))


def _disputed(order_id: str, status: str) -> bool:
    return any(dispute["status"] == status for dispute in order(order_id).get("disputes", []))


def ask(
    function: str,
    route: str,
    body: object = None,
    path: dict[str, str] | None = None,
    key: str | None = None,
) -> Ask:
    """A call of a client's, who sees in its answer alone what came of it."""
    return Ask(function, api_event(route, body, path, key), lambda: True)
