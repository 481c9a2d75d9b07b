"""Payment after expiry: taken in, and given back by itself.

A buyer who pushes the money (a QR code, a wallet) may do so when the order is long over. The order
stays EXPIRED and is not fulfilled. One conditional write records what came, calls for its journal
and requests its refund in full; the refund goes the way of any other (order_refunds.py).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from countinghouse.domain.booking import Booking, BookingKind, Split
from countinghouse.domain.instants import Instant
from countinghouse.domain.late_payment import LatePayment
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_delivery import with_bookings
from countinghouse.domain.order_facts import Applied, Verdict
from countinghouse.domain.order_refunds import RefundRequest, request_refund
from countinghouse.domain.psp import FactKind, PspFact

PUSHED = frozenset({"qr", "wallet"})
"""The methods by which the buyer sends the money, and nobody can stop it."""

REASON = "late_payment"
_ID_LENGTH = 24


def taken_late(applied: Applied, fact: PspFact, now: Instant, psp: str | None = None) -> Applied:
    """What became of `fact`, if it contradicts only because its money came after expiry.

    Anything else stays as it was `applied`. Money that is known stays STALE however often it is
    told; another sum under the same charge contradicts. `psp` is who said it, if not the order's.
    """
    order = applied.order
    if applied.verdict is not Verdict.CONTRADICTION or not _came_late(order, fact, psp):
        return applied
    if order.late_payment is None:
        return Applied(Verdict.APPLIED, _taken_in(order, fact, now))
    if order.late_payment.amount_minor == fact.captured_minor:
        return Applied(Verdict.STALE, order)
    return applied


def _came_late(order: Order, fact: PspFact, psp: str | None) -> bool:
    """Whether it is money in our currency, under the very charge that had expired."""
    pushed = order.payment_info.method in PUSHED and order.status is OrderStatus.EXPIRED
    said_by_it = psp in (None, order.payment_info.psp)
    money = fact.kind is FactKind.CAPTURED and fact.captured_minor > 0
    return (
        pushed and said_by_it and money and fact.currency == order.currency and _same(order, fact)
    )


def _same(order: Order, fact: PspFact) -> bool:
    """Whether the fact is about the order's last attempt, and names a charge to refund."""
    known = order.psp_reference
    if not order.attempts or fact.key not in (None, order.attempts[-1].key):
        return False
    if known is None:
        return fact.key is not None and fact.psp_reference is not None
    return fact.psp_reference in (None, known)


def _taken_in(order: Order, fact: PspFact, now: Instant) -> Order:
    """The order with the money recorded, booked, and on its way back; one version on."""
    reference = order.psp_reference or fact.psp_reference or ""
    late = LatePayment(fact.captured_minor, reference, fact.occurred_at or now)
    recorded = order.changed(now, late_payment=late, psp_reference=reference)
    booking = Booking(
        BookingKind.LATE_PAYMENT, Split(pending=late.amount_minor), late.received_at, reference
    )
    requested = request_refund(with_bookings(recorded, now, booking), _refund(order), now)
    return replace(requested, version=recorded.version)


def _refund(order: Order) -> RefundRequest:
    """All of it, under an id that follows from the order."""
    digest = hashlib.sha256(f"{REASON}|{order.order_id}".encode()).hexdigest()
    return RefundRequest(f"rfd_{digest[:_ID_LENGTH]}", None, None, REASON, REASON)
