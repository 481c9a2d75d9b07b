"""What follows from a committed change of an order: to the queues, to the bus."""

from __future__ import annotations

from collections.abc import Iterator

from countinghouse.domain.instants import Instant
from countinghouse.domain.order import CAPTURED_STATUSES, FINAL_STATUSES, Order, OrderStatus
from countinghouse.domain.order_disputes import is_returned_twice
from countinghouse.domain.order_lapse import overdue_at
from countinghouse.domain.order_refunds import refund_of
from countinghouse.domain.refund import UNDONE_REFUNDS, Refund, RefundStatus
from countinghouse.messages import (
    Output,
    Published,
    aftercare_message,
    audit_raised,
    delay_until,
    orders_message,
    postings_message,
    progress_message,
)
from countinghouse.views import dispute_view, order_view

OVERDUE_AFTER = 7
"""Questions to a PSP after which a person must look: about two days on the usual ladder."""

S = OrderStatus

_TOLD_TO_PAYMENT = (FINAL_STATUSES - CAPTURED_STATUSES) | {
    S.REQUIRES_ACTION,
    S.AUTHORIZED,
    S.CONFLICTED,
}
"""Captured is not here: the payment hears of it with the journal, so that it is folded once."""

_LOOKED_AT_AGAIN = frozenset(
    {S.ROUTED, S.UNKNOWN, S.REQUIRES_ACTION, S.CAPTURE_PENDING, S.VOID_PENDING}
)

_UNDECIDED = frozenset({S.SENT, S.UNKNOWN, S.CAPTURE_PENDING, S.VOID_PENDING})


def of_order(old: Order | None, new: Order, now: Instant) -> Iterator[Output]:
    """Every message and event that the change calls for."""
    arrived = old is None or old.status is not new.status
    if new.took_money:
        yield from _of_taken(old, new, now)
    if arrived and new.status in _TOLD_TO_PAYMENT:
        yield progress_message(new.checkout_id, new.order_id)
    if arrived and new.status is S.AUTHORIZED:
        yield orders_message(new.order_id, new.checkout_id)
    if arrived and new.status is S.CONFLICTED:
        detail = f"the PSP's amount, currency or code differs from order {new.order_id}"
        yield audit_raised(new.order_id, new.version, "order_conflicted", detail)
    if old is not None and old.asked < OVERDUE_AFTER <= new.asked and new.status in _UNDECIDED:
        detail = f"order {new.order_id} is {new.status} after {new.asked} questions"
        yield audit_raised(new.order_id, new.version, "unknown_overdue", detail)
    if old is not None and _waits_too_long(old, new):
        detail = f"order {new.order_id} still waits for a buyer whose time was up long ago"
        yield audit_raised(new.order_id, new.version, "action_overdue", detail)
    delay_s = delay_until(new.due_at, now)
    if new.status in _LOOKED_AT_AGAIN and delay_s is not None:
        yield orders_message(new.order_id, new.checkout_id, delay_s)


def _waits_too_long(old: Order, new: Order) -> bool:
    """Whether it has just become so: told once, of an order that its PSP lets nobody end."""
    if new.status is not S.REQUIRES_ACTION or old.status is not S.REQUIRES_ACTION:
        return False
    return old.updated_at < overdue_at(new) <= new.updated_at


def _of_taken(old: Order | None, new: Order, now: Instant) -> Iterator[Output]:
    arrived = old is None or not old.took_money
    if arrived or old is None or len(new.bookings) > len(old.bookings):
        yield postings_message(new, str(new.version))
    if arrived:
        name = "order.captured" if new.late_payment is None else "order.late_payment"
        yield Published(name, new.order_id, new.version, order_view(new))
    for refund in new.refunds:
        before = refund_of(old, refund.refund_id) if old else None
        if before != refund:
            yield from _of_refund(before, refund, new, now)
    yield from _of_disputes(old, new)


_REFUND_EVENTS = {
    RefundStatus.SUCCEEDED: "order.refunded",
    RefundStatus.FAILED: "order.refund_failed",
    RefundStatus.REVERSED: "order.refund_failed",
}


def _of_refund(old: Refund | None, new: Refund, order: Order, now: Instant) -> Iterator[Output]:
    arrived = old is None or old.status is not new.status
    if arrived and new.status in _REFUND_EVENTS:
        name = _REFUND_EVENTS[new.status]
        yield Published(name, order.order_id, order.version, order_view(order))
    if arrived and order.late_payment is not None and new.status in UNDONE_REFUNDS:
        detail = f"the PSP does not return what came too late for order {order.order_id}"
        yield audit_raised(order.order_id, order.version, "late_payment_kept", detail)
    if old is not None and old.asked < OVERDUE_AFTER <= new.asked and new.is_open:
        detail = f"refund {new.refund_id} is {new.status} after {new.asked} questions"
        yield audit_raised(order.order_id, order.version, "unknown_overdue", detail)
    delay_s = delay_until(new.due_at, now)
    # A refund within its lease is somebody's; if that somebody died, the sweep finds it.
    if new.asked and new.is_open and delay_s is not None:
        yield aftercare_message(order.order_id, delay_s)


def _of_disputes(old: Order | None, new: Order) -> Iterator[Output]:
    known = {dispute.dispute_id: dispute for dispute in old.disputes} if old else {}
    for dispute in new.disputes:
        before = known.get(dispute.dispute_id)
        opened = dispute.is_open and (before is None or before.stage is not dispute.stage)
        closed = not dispute.is_open and (before is None or before.is_open)
        if opened or closed:
            name = "dispute.opened" if opened else "dispute.closed"
            view = dispute_view(new, dispute)
            yield Published(name, dispute.dispute_id, dispute.sequence, view)
    if is_returned_twice(new) and not (old and is_returned_twice(old)):
        detail = f"order {new.order_id} was refunded and charged back for more than was captured"
        yield audit_raised(new.order_id, new.version, "double_return", detail)
