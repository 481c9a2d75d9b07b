"""Change one order on request: read, decide, write on condition, again if somebody was first."""

from collections.abc import Callable

from countinghouse.domain.errors import Conflict, NotFound
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import Order
from countinghouse.ports.books import OrderBook
from countinghouse.ports.clock import Clock

RACES_MAX = 8


def change_order(
    order_id: str, change: Callable[[Order, Instant], Order], orders: OrderBook, clock: Clock
) -> tuple[Order, Order]:
    """The order before and after `change`; the same object twice when nothing was to be written.

    Raises NotFound, what `change` raises, and Conflict when the order kept changing.
    """
    for _ in range(RACES_MAX):
        order = orders.get(order_id)
        if order is None:
            raise NotFound(f"there is no order {order_id}")
        changed = change(order, clock.now())
        if changed is order:
            return order, order
        try:
            orders.replace(order, changed)
        except Conflict:
            continue
        return order, changed
    raise Conflict(f"order {order_id} kept changing")
