"""What others must have been told when everything has come to rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from countinghouse.domain.order import Order
from countinghouse.domain.refund import RefundStatus
from countinghouse.views import dispute_view, order_view
from countinghouse_aws.dynamodb.codec import from_item
from countinghouse_aws.dynamodb.orders import decode_order
from tests.simulation import cloud

Bus = list[dict[str, Any]]

_SUCCEEDED = ("order.refunded", "succeeded")
_ENDS: Mapping[RefundStatus, tuple[tuple[str, str], ...]] = {
    RefundStatus.SUCCEEDED: (_SUCCEEDED,),
    RefundStatus.FAILED: (("order.refund_failed", "failed"),),
    RefundStatus.REVERSED: (_SUCCEEDED, ("order.refund_failed", "reversed")),
}


def told(order: Order, bus: Bus, *, is_opening_told: bool) -> Iterator[str]:
    """I14: everybody was told how each refund and dispute ended, at least once."""
    about = [event for event in bus if event["subject"] == order.order_id]
    shown = {
        (event["type"], refund["refund_id"], refund["status"])
        for event in about
        for refund in event["data"].get("refunds", [])
    }
    for refund in order.refunds:
        for name, status in _ENDS.get(refund.status, ()):
            if (name, refund.refund_id, status) not in shown:
                yield f"I14: {name} never showed {refund.refund_id} as {status}"
    for dispute in order.disputes:
        events = [event for event in bus if event["subject"] == dispute.dispute_id]
        names = {event["type"] for event in events}
        if is_opening_told and "dispute.opened" not in names:
            yield f"I14: dispute.opened of {dispute.dispute_id} was never published"
        last = max(events, key=lambda event: int(event["version"]), default={})
        final = ("dispute.closed", dispute_view(order, dispute))
        if not dispute.is_open and (last.get("type"), last.get("data")) != final:
            yield f"I14: the last said of {dispute.dispute_id} is {last}, not {final}"


def shown_as_committed(bus: Bus) -> Iterator[str]:
    """I14: an order's event shows the order exactly as that version of it was committed."""
    images: dict[tuple[str, int], Order] = {}
    for record in cloud.stream("payment_order", 0):
        order = decode_order(from_item(record["dynamodb"]["NewImage"]))
        images[order.order_id, order.version] = order
    for event in bus:
        committed = images.get((event["subject"], event["version"]))
        is_order = event["type"].startswith("order.") and committed is not None
        if is_order and committed and event["data"] != order_view(committed):
            yield f"I14: {event['id']} shows {event['data']}, committed was {committed}"
