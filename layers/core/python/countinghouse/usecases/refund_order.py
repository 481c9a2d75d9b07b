"""Take in a refund: guarded and reserved in one conditional write, sent to the PSP later."""

from countinghouse.changes import change_order
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import Order
from countinghouse.domain.order_refunds import RefundRequest, request_refund
from countinghouse.domain.refund import Refund
from countinghouse.ports.books import OrderBook
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class RequestedRefund:
    """The refund and its order; `replayed` when this key had asked for it before."""

    order: Order
    refund: Refund
    replayed: bool


def refund_order(
    order_id: str, request: RefundRequest, orders: OrderBook, clock: Clock
) -> RequestedRefund:
    """Commit a refund of the order.

    However many ask at once, never more is refunded than was captured. Raises NotFound, KeyReused,
    IllegalTransition, and Invalid (code `refund_exceeds_captured` when too little is left).
    """

    def requested(order: Order, now: Instant) -> Order:
        return request_refund(order, request, now)

    before, after = change_order(order_id, requested, orders, clock)
    refund = next(one for one in after.refunds if one.refund_id == request.refund_id)
    return RequestedRefund(after, refund, replayed=before is after)
