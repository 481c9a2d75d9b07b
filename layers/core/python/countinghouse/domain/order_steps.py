"""What an order needs next: the decision behind every `orders` message, however often it comes."""

from enum import StrEnum

from countinghouse.domain.instants import Instant
from countinghouse.domain.order import OperationKind, Order, OrderStatus
from countinghouse.domain.order_requests import is_unsent
from countinghouse.domain.payment import Decision

S = OrderStatus


class Step(StrEnum):
    """The next thing to do for an order."""

    CHARGE = "charge"
    ASK = "ask"
    WANT_CAPTURE = "want_capture"
    WANT_VOID = "want_void"
    SEND_OPERATION = "send_operation"
    CANCEL = "cancel"
    WAIT = "wait"


_STOPPING = frozenset({Decision.VOID, Decision.CANCEL})


def next_step(order: Order, decision: Decision | None, now: Instant) -> Step:
    """The step for `order` under its payment's `decision`, at `now`; WAIT when nothing is due.

    A sent request within its lease is somebody else's; past it the PSP is asked, never charged.
    """
    due = order.due_at is not None and now >= order.due_at
    stopping = decision in _STOPPING
    match order.status:
        case S.CREATED | S.ROUTED:
            if stopping and is_unsent(order):
                return Step.CANCEL
            return Step.CHARGE if due or order.status is S.CREATED else Step.WAIT
        case S.REQUIRES_ACTION | S.AUTHORIZED if stopping:
            return Step.WANT_VOID
        case S.AUTHORIZED if decision is Decision.CAPTURE:
            return Step.WANT_CAPTURE
        case S.CAPTURE_PENDING | S.VOID_PENDING if _unsent(order):
            return Step.SEND_OPERATION if due else Step.WAIT
        case _ if due and not order.is_resting:
            return Step.ASK
        case _:
            return Step.WAIT


def _unsent(order: Order) -> bool:
    return order.operation is not None and order.operation.sent_at is None


OPERATION_FOR: dict[Step, OperationKind] = {
    Step.WANT_CAPTURE: OperationKind.CAPTURE,
    Step.WANT_VOID: OperationKind.VOID,
}
