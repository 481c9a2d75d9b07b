"""Capture or cancel one order on request: the wish is committed, the PSP is called later."""

from countinghouse.changes import change_order
from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import CaptureMode, OperationKind, Order, OrderStatus
from countinghouse.domain.order_requests import cancel_unsent, request_operation
from countinghouse.ports.books import OrderBook
from countinghouse.ports.clock import Clock

S = OrderStatus


def request_capture(
    order_id: str, amount_minor: int | None, orders: OrderBook, clock: Clock
) -> Order:
    """The order with its capture wanted, in full or for `amount_minor`.

    A repeat for the same amount returns the order as it stands. Raises NotFound, IllegalTransition
    when nothing is authorised, Invalid for an amount out of bounds.
    """

    def wanted(order: Order, now: Instant) -> Order:
        amount = order.amount_minor if amount_minor is None else amount_minor
        capture = order.operation is not None and order.operation.kind is OperationKind.CAPTURE
        if capture and order.operation is not None and order.operation.amount_minor == amount:
            return order
        if order.capture_mode is not CaptureMode.MANUAL:
            raise IllegalTransition(f"order {order_id} is captured by itself")
        return request_operation(order, OperationKind.CAPTURE, now, amount)

    return change_order(order_id, wanted, orders, clock)[1]


def cancel_order(order_id: str, orders: OrderBook, clock: Clock) -> Order:
    """The order cancelled, or with its void wanted when the PSP knows of it.

    Raises NotFound, and IllegalTransition once money was taken or while a charge is under way.
    """

    def cancelled(order: Order, now: Instant) -> Order:
        if order.status in (S.VOID_PENDING, S.VOIDED, S.CANCELLED):
            return order
        if order.status in (S.REQUIRES_ACTION, S.AUTHORIZED):
            return request_operation(order, OperationKind.VOID, now)
        return cancel_unsent(order, now)

    return change_order(order_id, cancelled, orders, clock)[1]
