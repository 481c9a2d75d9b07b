"""What must hold at every committed write of a captured order, and at every refund's call."""

from __future__ import annotations

from collections.abc import Iterator

from countinghouse.domain.order import Order
from countinghouse.domain.order_delivery import refunded_minor
from countinghouse.domain.order_journals import booking_key
from countinghouse.domain.refund import REFUND_TRANSITIONS, RefundStatus
from countinghouse_aws.dynamodb.codec import Plain
from countinghouse_aws.dynamodb.orders import decode_order
from tests.simulation import cloud
from tests.simulation.psp_wire import Shop

_MAY_CHANGE = frozenset(
    {"delivery", "refunds", "disputes", "bookings", "booked"}
    | {"version", "updated_at", "due_at", "due_shard"}
)


def after_capture(old: Plain, new: Plain) -> Iterator[str]:
    """I8, I10: what was captured stays so, and everything that follows is only ever added."""
    name = new["order_id"]
    changed = {key for key in {*old, *new} if old.get(key) != new.get(key)}
    if changed - _MAY_CHANGE:
        yield f"I10: order {name} changes {sorted(changed - _MAY_CHANGE)} after its capture"
    before, after = decode_order(old), decode_order(new)
    if before.delivery not in (None, after.delivery):
        yield f"I10: order {name} is delivered twice: {after.delivery}"
    if after.bookings[: len(before.bookings)] != before.bookings:
        yield f"I10: order {name} calls for other journals than before: {after.bookings}"
    if not before.booked <= after.booked <= len(after.bookings):
        yield f"I10: order {name} has {after.booked} booked after {before.booked}"
    yield from _refunds(before, after)
    yield from _disputes(before, after)


def _refunds(before: Order, after: Order) -> Iterator[str]:
    if not 0 <= refunded_minor(after) <= after.captured_minor:
        yield f"I8: {refunded_minor(after)} of order {after.order_id} are refunded"
    now = {refund.refund_id: refund for refund in after.refunds}
    for refund in before.refunds:
        status = now[refund.refund_id].status if refund.refund_id in now else None
        legal = {refund.status, *REFUND_TRANSITIONS[refund.status]}
        if status not in legal:
            yield f"I10: refund {refund.refund_id} goes from {refund.status} to {status}"
        if status and now[refund.refund_id].key != refund.key:
            yield f"I10: refund {refund.refund_id} has another key"


def _disputes(before: Order, after: Order) -> Iterator[str]:
    now = {dispute.dispute_id: dispute for dispute in after.disputes}
    for dispute in before.disputes:
        later = now.get(dispute.dispute_id)
        if later is None or later.sequence < dispute.sequence:
            yield f"I10: dispute {dispute} becomes {later}"


def money_given_back(shop: Shop) -> Iterator[str]:
    """I6, I8: never more than was captured, and never before our own books say so."""
    refunds = shop.refunds()
    if not refunds:
        return
    for charge in shop.charges():
        if charge.refunded > charge.captured:
            yield f"I8: the PSP refunded {charge.refunded} of {charge.captured}"
    posted = {(row["book"], row["entry"]) for row in cloud.rows("ledger")}
    for refund in refunds:
        stored = cloud.row("payment_order", refund.order_id)
        order = decode_order(stored) if stored else None
        ours = [r for r in order.refunds if r.key == refund.idempotency_key] if order else []
        if order is None or not ours or ours[0].status is RefundStatus.REQUESTED:
            yield f"I6: the PSP was asked for a refund that is not on record: {refund}"
            continue
        key = booking_key(order, ours[0].booking)
        if (key.book, key.entry) not in posted:
            yield f"I6: the PSP was asked for a refund before it was reserved: {refund}"
