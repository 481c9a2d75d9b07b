"""How money that goes back looks from outside: refunds, and what came too late."""

from __future__ import annotations

from countinghouse.domain.instants import rfc3339
from countinghouse.domain.late_payment import LatePayment
from countinghouse.domain.order import Order
from countinghouse.domain.refund import Refund, RefundStatus

View = dict[str, object]


def amount_refunded(order: Order) -> int:
    """What the buyer got back of what was captured, minor units."""
    if order.late_payment is not None:
        return 0
    return sum(r.amount_minor for r in order.refunds if r.status is RefundStatus.SUCCEEDED)


def refund_view(order: Order, refund: Refund) -> View:
    """A refund, as the API shows it."""
    view: View = {
        "refund_id": refund.refund_id,
        "order_id": order.order_id,
        "amount": refund.amount_minor,
        "currency": order.currency,
        "status": _REFUND_STATUS[refund.status],
        "reason": refund.reason,
        "psp_reference": refund.psp_reference,
        "created_at": rfc3339(refund.requested_at),
        "updated_at": rfc3339(refund.updated_at),
    }
    if refund.failure is not None:
        view["failure"] = {"code": refund.failure}
    return view


_REFUND_STATUS = {
    RefundStatus.REQUESTED: "processing",
    RefundStatus.SENT: "processing",
    RefundStatus.UNKNOWN: "unknown",
    RefundStatus.SUCCEEDED: "succeeded",
    RefundStatus.FAILED: "failed",
    RefundStatus.REVERSED: "reversed",
}


def late_payment_view(order: Order, late: LatePayment) -> View:
    """What came after the order had expired; its refund is among the order's."""
    return {
        "amount": late.amount_minor,
        "currency": order.currency,
        "psp_reference": late.psp_reference,
        "received_at": rfc3339(late.received_at),
    }
