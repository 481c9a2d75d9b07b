"""A market for the simulation: the scripts of its buyers, its sellers and its evenings.

Everybody has a script of his own. A seller's deeds follow each other, each once the one before is
at rest, so that the reference model need know no more than their order; sellers and buyers go on
beside each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from countinghouse.domain.instants import DAY, HOUR, start_of_day
from tests.simulation import cloud
from tests.simulation.client import Ask, Pass, Script, Until
from tests.simulation.events import api_event
from tests.simulation.market_plan import Day, Deed, Sale, date_of, freed_on
from tests.simulation.preludes import heard_of, is_booked, order, refund
from tests.simulation.psp_wire import CARD_DECLINED, CARD_OK, CARD_THREE_DS, Shop
from tests.simulation.reconcile_flow import reconciled
from tools.sandbox_psp.payouts import PAYOUTS

CARDS = {"pays": CARD_OK, "declines": CARD_DECLINED}
DELIVERY_HOUR = "T05:00:00Z"
REFUSALS = frozenset({409, 422})
_RESTING = frozenset({"captured", "partially_captured", "voided", "failed", "expired", "cancelled"})
Play = Callable[[Shop], Script]


@dataclass
class _Progress:
    """Which day it is in one world, and how many are done with it."""

    day: int = 0
    done: int = 0


_PROGRESS: WeakKeyDictionary[Shop, _Progress] = WeakKeyDictionary()


def progress_of(shop: Shop) -> _Progress:
    """How far the market of this world is."""
    return _PROGRESS.setdefault(shop, _Progress())


def plays(days: tuple[Day, ...], since: int = 0) -> tuple[Play, ...]:
    """Everybody's part, from one of the days on."""
    found: list[Play] = []
    for number, day in list(enumerate(days))[since:]:
        found += [partial(_buyer, number, sale) for sale in day.sales]
        found += [partial(_seller, number, day, seller, deeds) for seller, deeds in day.deeds]
    return (*found, partial(_evenings, days, since))


def in_turn(days: tuple[Day, ...], *, reconciles: bool) -> Play:
    """One after the other, by one client: what a prelude is made of."""

    def play(shop: Shop) -> Script:
        for number, day in enumerate(days):
            for sale in day.sales:
                yield from _buyer(number, sale, shop)
            for seller, deeds in day.deeds:
                yield from _seller(number, day, seller, deeds, shop)
            yield from _evening(shop, reconciles=reconciles)
            progress_of(shop).day += 1
        # Who goes on in this world begins as in one that was only restored.
        _PROGRESS.pop(shop)

    return play


def _turn(number: int, shop: Shop) -> Until:
    return Until(lambda: progress_of(shop).day >= number)


def _buyer(number: int, sale: Sale, shop: Shop) -> Script:
    yield _turn(number, shop)
    if sale.method == "credit_card":
        cards = {part.order_id: CARDS[part.buyer] for part in sale.parts if sale.acts is None}
        shop.cards.update(cards)
    session = yield _session(sale)
    token = session["psp_token"]
    if sale.method == "credit_card":
        shop.attach(token, CARD_OK if sale.acts is None else CARD_THREE_DS)
    yield _payment(sale, token)
    if sale.acts == "cancel":
        yield Until(lambda: (_payment_row(sale.checkout_id) or {})["status"] == "requires_action")
        yield _called_off(sale.checkout_id)
    elif sale.acts is not None:
        own = {part.order_id for part in sale.parts}
        yield Until(lambda: any(c.order_id in own for c in shop.charges()))
        shop.act(token, sale.acts)
    if sale.by_hand:
        yield from _by_hand(sale)
    progress_of(shop).done += 1


def _called_off(checkout_id: str) -> Ask:
    route, path = "POST /v1/payments/{checkout_id}/cancel", {"checkout_id": checkout_id}
    event = api_event(route, None, path)
    return Ask("payments", event, lambda: "decision" in (_payment_row(checkout_id) or {}), REFUSALS)


def _by_hand(sale: Sale) -> Script:
    for part in sale.parts:
        if part.buyer == "declines":
            continue
        yield Until(partial(_stands, part.order_id, "authorized"))
        verb = "cancel" if part.takes == 0 else "capture"
        body = {"amount": part.takes} if part.takes else None
        route = f"POST /v1/orders/{{order_id}}/{verb}"
        event = api_event(route, body, {"order_id": part.order_id})
        yield Ask("orders", event, partial(_has, part.order_id, "operation"), REFUSALS)


def _session(sale: Sale) -> Ask:
    amount = sum(part.amount for part in sale.parts)
    body: dict[str, Any] = {"checkout_id": sale.checkout_id, "amount": amount}
    body |= {"currency": sale.currency, "method": sale.method}
    event = api_event("POST /v1/payments/sessions", body)
    return Ask("payments", event, lambda: _payment_row(sale.checkout_id) is not None)


def _payment(sale: Sale, token: str) -> Ask:
    body = {
        "checkout_id": sale.checkout_id,
        "user_info": {"user_id": "buyer-1", "country": "DE"},
        "payment_details": {"method": sale.method, "psp_token": token},
        "currency": sale.currency,
        "orders": [
            {"order_id": part.order_id, "seller_id": part.seller, "amount": part.amount}
            for part in sale.parts
        ],
        "on_partial_failure": "cancel_all" if sale.all_or_none else "keep",
        "capture": "manual" if sale.by_hand else "automatic",
    }
    event = api_event("POST /v1/payments/event", body)
    return Ask("payments", event, lambda: "fingerprint" in (_payment_row(sale.checkout_id) or {}))


def _payment_row(checkout_id: str) -> dict[str, Any] | None:
    return cloud.row("payment_event", checkout_id)


def _stands(order_id: str, status: str) -> bool:
    return bool(order(order_id).get("status") == status)


def _has(order_id: str, name: str) -> bool:
    return name in order(order_id)


def _is_over(order_id: str) -> bool:
    """Whether nothing more happens to an order by itself."""
    return order(order_id).get("status") in _RESTING and _is_quiet(order_id)


def _is_quiet(order_id: str) -> bool:
    row = order(order_id)
    found = [one["status"] for name in ("refunds", "disputes") for one in row.get(name, [])]
    waits = {"requested", "sent", "unknown", "opened", "challenged"}.intersection(found)
    return not waits and "due_at" not in row and is_booked(order_id)


def _seller(number: int, day: Day, seller: str, deeds: tuple[Deed, ...], shop: Shop) -> Script:
    yield _turn(number, shop)
    own = [p.order_id for sale in day.sales for p in sale.parts if p.seller == seller]
    yield Until(lambda: all(map(_is_over, own)))
    for place, deed in enumerate(deeds):
        match deed.kind:
            case "deliver":
                yield _deliver(deed.order_id, date_of(number))
            case "refund":
                yield from _refund(shop, deed, f"{number}-{place}")
            case "dispute":
                yield from _dispute(shop, deed)
            case _:
                yield from _paid(shop, seller, deed, f"{seller}-{number}-{place}")
        if deed.order_id:
            yield Until(partial(_is_quiet, deed.order_id))
    progress_of(shop).done += 1


def _deliver(order_id: str, day: str) -> Ask:
    route, body = "POST /v1/orders/{order_id}/deliveries", {"delivered_at": day + DELIVERY_HOUR}
    event = api_event(route, body, {"order_id": order_id})
    return Ask("fulfilment", event, partial(_has, order_id, "delivery"), REFUSALS)


def _refund(shop: Shop, deed: Deed, key: str) -> Script:
    if deed.how == "fails":
        shop.plant("refund_fails", operation="refund", order_id=deed.order_id)
    asked = refund(deed.amount or 0, f"{deed.order_id}-{key}", REFUSALS, deed.order_id)
    if deed.amount is None:
        body = {"reason": f"sent back {deed.order_id}-{key}"}
        route = "POST /v1/orders/{order_id}/refunds"
        path = {"order_id": deed.order_id}
        event = api_event(route, body, path, key=f"refund-{deed.order_id}-{key}")
        asked = Ask("fulfilment", event, partial(_has, deed.order_id, "refunds"), REFUSALS)
    answer = yield asked
    if "refund_id" not in answer:
        return
    yield Until(partial(_is_quiet, deed.order_id))
    sent = [one for one in shop.refunds() if one.order_id == deed.order_id]
    if deed.how == "comes back" and sent[-1].status == "succeeded":
        shop.ask("POST", f"/_control/refunds/{sent[-1].refund_reference}", {"result": "fail"})
        yield Until(lambda: order(deed.order_id)["refunds"][-1]["status"] == "reversed")


def _dispute(shop: Shop, deed: Deed) -> Script:
    dispute = shop.dispute(deed.order_id, deed.amount or 0)
    yield heard_of("dispute", "opened", deed.order_id)
    shop.decide(dispute, deed.how)
    yield heard_of("dispute", {"win": "won", "lose": "lost"}[deed.how], deed.order_id)


def _paid(shop: Shop, seller: str, deed: Deed, key: str) -> Script:
    if cloud.row("payout", f"account#{seller}#{deed.currency}") is None:
        yield _account(shop, seller, deed.currency)
    body = {"seller_id": seller, "currency": deed.currency}
    event = api_event("POST /v1/payouts", body, key=f"payout-{key}")
    answer = yield Ask("payouts", event, lambda: any(_payouts()), REFUSALS)
    if "payout_id" not in answer:
        return
    payout_id = str(answer["payout_id"])
    ways = {"paid": ("pay",), "fails": ("fail",), "comes back": ("pay", "return")}
    left: tuple[str, ...] = ("draft", "reserved", "submitted", "unknown", "in_transit")
    for result in ways[deed.how]:
        ahead = left if result == "return" else left[:-1]
        yield Until(partial(_is_past, payout_id, ahead))
        for one in PAYOUTS.where(shop.book, reference=payout_id):
            shop.ask("POST", f"/_control/payouts/{one.payout_reference}", {"result": result})
    if deed.how == "comes back":
        left = (*left, "paid")
    yield Until(partial(_is_past, payout_id, left))
    yield Until(lambda: "due_at" not in (cloud.row("payout", payout_id) or {}))


def _account(shop: Shop, seller: str, currency: str) -> Ask:
    body = {"currency": currency, "bank_account": shop.bank_account(seller, currency)}
    route = "POST /v1/sellers/{seller_id}/bank-accounts"
    event = api_event(route, body, {"seller_id": seller})
    key = f"account#{seller}#{currency}"
    return Ask("payouts", event, lambda: cloud.row("payout", key) is not None)


def _payouts() -> Iterator[str]:
    return (row["payout_id"] for row in cloud.rows("payout") if row["payout_id"].startswith("po_"))


def _is_past(payout_id: str, ahead: tuple[str, ...]) -> bool:
    return (cloud.row("payout", payout_id) or {"status": "draft"})["status"] not in ahead


# The evening.


def _evenings(days: tuple[Day, ...], since: int, shop: Shop) -> Script:
    people = 0
    for number, day in list(enumerate(days))[since:]:
        if day.month:
            freed_at = start_of_day(freed_on(date_of(number)))
            yield Pass(freed_at + HOUR)
            yield Until(partial(_is_freed, freed_at))
        people += len(day.sales) + len(day.deeds)
        progress_of(shop).day = number
        yield Until(partial(lambda wanted: progress_of(shop).done >= wanted, people))
        yield from _evening(shop, reconciles=True)


def _evening(shop: Shop, *, reconciles: bool) -> Script:
    """The PSP closes its day, and the next morning it is reconciled."""
    yield Until(is_quiet)
    closed = shop.ask("POST", "/_control/settle", {})["date"]
    yield Pass(start_of_day(closed) + DAY + 6 * HOUR)
    if reconciles:
        yield from reconciled(closed)
        yield Until(is_quiet)


def _is_freed(at: int) -> bool:
    return is_quiet() and all(row.get("due_at", at + 1) > at for row in cloud.rows("wallet"))


def is_quiet() -> bool:
    """Whether nothing is under way: no row is due, no message waits.

    What the lake has not yet, it has by the next morning.
    """
    tables = ("payment_event", "payment_order", "psp_event", "payout")
    if any("due_at" in item for table in tables for item in cloud.items(table)):
        return False
    return not any(cloud.messages(queue) for queue in cloud.CONSUMERS)
