"""Take one order one step further. The PSP is called between two commits, never inside one.

        read order and payment
          |
        intent  --- one conditional write (SENT, attempt, key, lease) --- crash here: lease runs out
          |
        the PSP is called under the attempt's own key ------------------ crash here: outcome unknown
          |
        outcome --- one conditional write ------------------------------- crash before: asked later

Whoever finds a sent request past its lease asks the PSP what happened; nobody charges again. Where
an attempt goes is decided with its intent: to another PSP only when no PSP can have executed what
was sent before (domain.failover).
"""

from collections.abc import Callable
from dataclasses import field, replace

from countinghouse.domain.breaker import BreakerState
from countinghouse.domain.errors import Conflict, IllegalTransition
from countinghouse.domain.failover import next_target
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_facts import Verdict, answer_question, apply_fact
from countinghouse.domain.order_lapse import lapsed
from countinghouse.domain.order_late import taken_late
from countinghouse.domain.order_requests import (
    cancel_unsent,
    request_operation,
    start_attempt,
    start_operation,
)
from countinghouse.domain.order_steps import OPERATION_FOR, Step, next_step
from countinghouse.domain.payment import Payment, fold
from countinghouse.domain.payment_orders import new_order, taken_state
from countinghouse.domain.psp import PspFact
from countinghouse.domain.psp_routes import Routing
from countinghouse.domain.retry import RetryPolicy
from countinghouse.ports.books import OrderBook, PaymentBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.gateway import Gateway
from countinghouse.records import dataclass

RACES_MAX = 5
"""How often an outcome is laid on a newer version of the order before the message goes back."""


@dataclass(frozen=True, slots=True)
class ExecuteOrder:
    """Take this order of this checkout further."""

    order_id: str
    checkout_id: str


@dataclass(frozen=True, slots=True)
class Execution:
    """What executing an order needs. Without a `routing` every order stays at its PSP."""

    orders: OrderBook
    payments: PaymentBook
    gateway: Gateway
    clock: Clock
    policy: RetryPolicy
    routing: Routing = field(default_factory=Routing)


def execute_order(command: ExecuteOrder, ports: Execution) -> OrderStatus | None:
    """Do the order's next step, and say where it stands; None when there is nothing to do.

    Raises Conflict when others kept writing the order; the message then comes again.
    """
    payment = ports.payments.get(command.checkout_id)
    if payment is None or payment.submission is None:
        return None
    stored = ports.orders.get(command.order_id) if _may_exist(payment, command.order_id) else None
    if stored is None:
        return _begin(command, payment, ports)
    if stored.checkout_id != command.checkout_id:
        return _refuse_taken(command, ports)
    return _advance(stored, payment, ports)


def _may_exist(payment: Payment, order_id: str) -> bool:
    """Whether a read can find anything: on the first message it cannot, and the put will tell."""
    return order_id in payment.states or payment.version > _JUST_SUBMITTED or payment.asked > 0


_JUST_SUBMITTED = 2


def _begin(command: ExecuteOrder, payment: Payment, ports: Execution) -> OrderStatus | None:
    """The order's first write: charged at once, or dropped when its payment already stops."""
    line = next((line for line in payment.lines if line.order_id == command.order_id), None)
    if line is None:
        return None
    now = ports.clock.now()
    order = new_order(payment, line, now)
    step = next_step(order, payment.decision, now)
    cancelled = step is Step.CANCEL
    begun = cancel_unsent(order, now) if cancelled else _started(order, step, payment, ports)
    begun = replace(begun, guarded=_guards(payment, begun))
    existing = ports.orders.add(begun)
    if existing is None:
        return begun.status if cancelled else _send(begun, ports.gateway.charge, ports)
    if existing.checkout_id != command.checkout_id:
        return _refuse_taken(command, ports)
    return _advance(existing, payment, ports)


def _guards(payment: Payment, begun: Order) -> bool:
    """Whether the payment's first look, a minute after its submission, comes once the order's lease
    has run out: it asks after every order that is not at rest, and goes on until all of them are.
    """
    look = payment.due_at if payment.asked == 0 else None
    return look is not None and begun.due_at is not None and begun.due_at <= look


def _advance(order: Order, payment: Payment, ports: Execution) -> OrderStatus:
    now = ports.clock.now()
    step = next_step(order, payment.decision, now)
    match step:
        case Step.WAIT:
            return order.status
        case Step.ASK | Step.SEND_OPERATION if _is_down(order, ports):
            # What is not put to the PSP is no rung of the ladder: it comes when the PSP is back.
            return _wait_until(order, now + ports.policy.first_check, ports)
        case Step.CHARGE if _has_nowhere_to_go(order, payment, ports):
            return _wait_until(
                order, ports.policy.held_back_until(now, order.attempts[-1].key), ports
            )
        case Step.ASK:
            return _record(order, ports.gateway.find(order), ports, asked=True)
        case Step.CANCEL:
            cancelled = cancel_unsent(order, now)
            ports.orders.replace(order, cancelled)
            return cancelled.status
        case _:
            return _send_step(order, step, payment, ports)


def _is_down(order: Order, ports: Execution) -> bool:
    return ports.routing.health(order.payment_info.psp) is BreakerState.OPEN


def _has_nowhere_to_go(order: Order, payment: Payment, ports: Execution) -> bool:
    """Whether its PSP lets nothing through, and no other one takes it: it waits unsent."""
    if not order.attempts or not _is_down(order, ports):
        return False
    now = ports.clock.now()
    return next_target(order, payment.states, ports.routing, now, ports.policy) is None


def _wait_until(order: Order, due_at: Instant, ports: Execution) -> OrderStatus:
    later = order.changed(ports.clock.now(), due_at=due_at)
    ports.orders.replace(order, later)
    return later.status


def _send_step(order: Order, step: Step, payment: Payment, ports: Execution) -> OrderStatus:
    try:
        started = _started(order, step, payment, ports)
    except IllegalTransition:
        # The attempt is older than the PSP's memory of keys: from now on it is only asked about.
        return _record(order, ports.gateway.find(order), ports, asked=True)
    ports.orders.replace(order, started)
    call = ports.gateway.charge
    if started.operation is not None and started.status is not OrderStatus.SENT:
        capture = started.status is OrderStatus.CAPTURE_PENDING
        call = ports.gateway.capture if capture else ports.gateway.void
    return _send(started, call, ports)


def _started(order: Order, step: Step, payment: Payment, ports: Execution) -> Order:
    now = ports.clock.now()
    if step is Step.CHARGE:
        target = next_target(order, payment.states, ports.routing, now, ports.policy)
        return start_attempt(order, now, ports.policy, target)
    if step in OPERATION_FOR:
        order = request_operation(order, OPERATION_FOR[step], now)
    return start_operation(order, now, ports.policy)


def _send(order: Order, call: Callable[[Order], PspFact], ports: Execution) -> OrderStatus:
    return _record(order, call(order), ports, asked=False)


def _record(order: Order, fact: PspFact, ports: Execution, *, asked: bool) -> OrderStatus:
    """Commit what the PSP said, on whatever the order has become meanwhile.

    An answer that names no charge of the PSP's is about our call alone: once the attempt was sent
    again by somebody else, it says nothing.
    """
    apply = answer_question if asked else apply_fact
    sent_at = order.attempts[-1].sent_at
    for _ in range(RACES_MAX):
        now = ports.clock.now()
        applied = taken_late(apply(order, fact, now, ports.policy), fact, now)
        if asked:
            applied = lapsed(order, applied, fact, now, ports.policy)
        if applied.verdict is not Verdict.APPLIED:
            return order.status
        try:
            ports.orders.replace(order, applied.order)
        except Conflict:
            order = ports.orders.get(order.order_id) or order
            if fact.psp_reference is None and order.attempts[-1].sent_at != sent_at:
                return order.status
        else:
            return applied.order.status
    raise Conflict(f"order {order.order_id} kept changing")


def _refuse_taken(command: ExecuteOrder, ports: Execution) -> OrderStatus:
    """The id belongs to another checkout: this payment's order fails and is never charged."""
    taken = {command.order_id: taken_state()}
    for _ in range(RACES_MAX):
        payment = ports.payments.get(command.checkout_id)
        if payment is None:
            break
        folded = fold(payment, taken, ports.clock.now(), ports.policy)
        if folded is payment:
            break
        try:
            ports.payments.replace(payment, folded)
        except Conflict:
            continue
        break
    return OrderStatus.FAILED
