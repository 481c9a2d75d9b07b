"""Record that the buyer has the goods: the seller's money is released, once."""

from countinghouse.changes import change_order
from countinghouse.domain.instants import Instant
from countinghouse.domain.market_rules import ReserveRules
from countinghouse.domain.order import Order
from countinghouse.domain.order_delivery import deliver
from countinghouse.ports.books import OrderBook
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class Delivered:
    """The order; `replayed` when it was delivered before."""

    order: Order
    replayed: bool


def deliver_order(
    order_id: str,
    delivered_at: Instant | None,
    orders: OrderBook,
    clock: Clock,
    reserves: ReserveRules,
) -> Delivered:
    """Commit the delivery with the journal it calls for, in one conditional write.

    `delivered_at` defaults to now; the first one stands. Raises NotFound, IllegalTransition when
    nothing was captured or all of it was refunded, Invalid for a time to come.
    """

    def delivered(order: Order, now: Instant) -> Order:
        rule = reserves.reserve_for(order.seller_id)
        return deliver(order, now if delivered_at is None else delivered_at, now, rule)

    before, after = change_order(order_id, delivered, orders, clock)
    return Delivered(after, replayed=before is after)
