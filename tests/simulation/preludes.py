"""What happened before a flow begins: played once without faults, and then only restored."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from countinghouse.domain.instants import SECOND, start_of_day
from tests.simulation import cloud
from tests.simulation.checkout import Checkout, Orders
from tests.simulation.client import Ask, Pass, Script, Until
from tests.simulation.events import api_event
from tests.simulation.payday import is_paid_out, pay_out, register, sent
from tests.simulation.psp_wire import Shop

SOLD: Orders = (("ord-1", "seller-1", 7_000),)
SOLD_TWICE: Orders = (("ord-1", "seller-1", 7_000), ("ord-2", "seller-1", 1_200))
SOLD_DEAR: Orders = (("ord-1", "seller-1", 1_500_000),)
RESERVE_DAY_MS = start_of_day("2026-12-23")
"""When the reserve of a delivery on the first day is free: thirty days on, at the next midnight."""


def order(order_id: str) -> dict[str, Any]:
    """An order's row, empty while there is none."""
    return cloud.row("payment_order", order_id) or {}


def settled(order_id: str, refunds: int, disputes: int) -> bool:
    """Whether the order has so many refunds and disputes, all closed, and all of it is booked."""
    row = order(order_id)
    found = [refund["status"] for refund in row.get("refunds", [])]
    found += [dispute["status"] for dispute in row.get("disputes", [])]
    waits = {"requested", "sent", "unknown", "opened", "challenged"}.intersection(found)
    at_rest = len(found) == refunds + disputes and not waits
    return at_rest and is_booked(order_id)


def is_booked(order_id: str) -> bool:
    """Whether every journal the order called for is known to be in the ledger."""
    row = order(order_id)
    return bool(len(row.get("bookings", [])) == row.get("booked", 0))


def deliver(order_id: str = "ord-1") -> Ask:
    """The delivery of an order."""
    event = api_event("POST /v1/orders/{order_id}/deliveries", None, {"order_id": order_id})
    return Ask("fulfilment", event, lambda: "delivery" in order(order_id))


def refund(
    amount: int, key: str = "k1", accepts: frozenset[int] = frozenset(), order_id: str = "ord-1"
) -> Ask:
    """A refund of an order under the client's key."""
    body = {"amount": amount, "reason": f"sent back {key}"}
    route = "POST /v1/orders/{order_id}/refunds"
    event = api_event(route, body, {"order_id": order_id}, key=f"refund-{key}")

    def stored() -> bool:
        reasons = [refund["reason"] for refund in order(order_id).get("refunds", [])]
        return body["reason"] in reasons

    return Ask("fulfilment", event, stored, accepts)


def heard_of(stage: str, status: str, order_id: str = "ord-1") -> Until:
    """Wait until we know the order's dispute so."""

    def known() -> bool:
        disputes = order(order_id).get("disputes", [])
        return any((d["stage"], d["status"]) == (stage, status) for d in disputes)

    return Until(known)


def _captured(orders: Orders, shop: Shop) -> Script:
    yield from Checkout(orders)(shop)


def _delivered(orders: Orders, shop: Shop) -> Script:
    yield from _captured(orders, shop)
    yield Until(lambda: order("ord-1").get("status") == "captured")
    yield deliver()
    yield Until(partial(is_booked, "ord-1"))


def _almost_free(shop: Shop) -> Script:
    """Delivered a month ago, less a second: the reserve is about to be free."""
    yield from _delivered(SOLD, shop)
    yield Pass(RESERVE_DAY_MS - SECOND)


def _in_debt(shop: Shop) -> Script:
    """A dispute took more than the seller has: what the platform kept of the sale is owed."""
    yield from _delivered(SOLD_TWICE, shop)
    dispute = shop.dispute("ord-1", 7_000)
    yield heard_of("dispute", "opened")
    shop.decide(dispute, "lose")
    yield Until(partial(settled, "ord-1", refunds=0, disputes=1))


def _payable(orders: Orders, shop: Shop) -> Script:
    """A delivered sale, and a bank account to pay it to."""
    yield from _delivered(orders, shop)
    yield register(shop)


def _paid_out(shop: Shop) -> Script:
    yield from _payable(SOLD, shop)
    yield pay_out()
    yield from sent(shop, "pay")
    yield Until(is_paid_out)


PRELUDES: dict[str, Callable[[Shop], Script]] = {
    "captured": partial(_captured, SOLD),
    "captured twice": partial(_captured, SOLD_TWICE),
    "delivered": partial(_delivered, SOLD),
    "almost free": _almost_free,
    "in debt": _in_debt,
    "payable": partial(_payable, SOLD),
    "much payable": partial(_payable, SOLD_DEAR),
    "paid out": _paid_out,
}
