"""Apply a PSP's event to its order: a hint that must be legal from where the order stands.

Applied or parked or stale or contradicting (domain rules W5): an event that changes the order is
committed with it in one transaction, an event whose order is not there yet is parked and tried
again, an event that denies what is final makes us ask the PSP, and if the PSP confirms it, calls a
person.
"""

from dataclasses import dataclass, replace

from countinghouse.domain.errors import Conflict, Unavailable
from countinghouse.domain.instants import MINUTE, SECOND, Instant
from countinghouse.domain.order import Order
from countinghouse.domain.order_facts import Verdict, apply_fact
from countinghouse.domain.psp import EventStatus, FactKind, PspEvent
from countinghouse.domain.retry import RetryPolicy
from countinghouse.ports.books import OrderBook, PspEventBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.gateway import Gateway

PARKING: tuple[int, ...] = (30 * SECOND, 2 * MINUTE, 10 * MINUTE)
"""How long an event without its order waits, each time (domain rules W5)."""

RACES_MAX = 5


@dataclass(frozen=True, slots=True)
class Inbox:
    """What applying an event needs."""

    events: PspEventBook
    orders: OrderBook
    gateway: Gateway
    clock: Clock
    policy: RetryPolicy


def apply_psp_event(event_key: str, ports: Inbox) -> EventStatus | None:
    """What became of the event; None when there is no such event.

    Raises Conflict when order or event kept changing, Unavailable when the PSP had to be asked and
    did not answer; the message then comes again.
    """
    for _ in range(RACES_MAX):
        event = ports.events.get(event_key)
        if event is None:
            return None
        if event.status not in (EventStatus.RECEIVED, EventStatus.PARKED):
            return event.status
        try:
            return _apply(event, ports)
        except Conflict:
            continue
    raise Conflict(f"event {event_key} or its order kept changing")


def _apply(event: PspEvent, ports: Inbox) -> EventStatus:
    now = ports.clock.now()
    if event.order_id is None or event.fact.kind is FactKind.OTHER:
        return _close(event, EventStatus.IGNORED, ports)
    order = ports.orders.get(event.order_id)
    if order is None:
        return _park(event, now, ports)
    applied = apply_fact(order, event.fact, now, ports.policy)
    match applied.verdict:
        case Verdict.APPLIED:
            closed = _ended(event, EventStatus.APPLIED)
            ports.events.apply(event, closed, (order, applied.order))
            return closed.status
        case Verdict.STALE:
            # Nothing to write: the order is already past this, and the row says it was received.
            # Only an event that was parked must leave the due-index.
            is_due = event.due_at is not None
            return _close(event, EventStatus.STALE, ports) if is_due else EventStatus.STALE
        case Verdict.CONTRADICTION:
            return _contradicted(event, order, ports)


def _contradicted(event: PspEvent, order: Order, ports: Inbox) -> EventStatus:
    """Ask the PSP; only if it says the same is there anything to call a person for.

    Raises Unavailable when the PSP gives no answer: a contradiction is not closed unexamined.
    """
    truth = ports.gateway.find(order) if order.attempts else event.fact
    if truth.kind is FactKind.UNKNOWN:
        raise Unavailable(f"the PSP does not say what became of order {order.order_id}")
    agrees = truth.kind is event.fact.kind or truth.key != event.fact.key
    if agrees:
        return _close(event, EventStatus.CONTRADICTION, ports, alarm="contradiction")
    return _close(event, EventStatus.STALE, ports)


def _park(event: PspEvent, now: Instant, ports: Inbox) -> EventStatus:
    if event.due_at is not None and event.due_at > now:
        return EventStatus.PARKED
    if event.parked >= len(PARKING):
        return _close(event, EventStatus.CONTRADICTION, ports, alarm="event_without_order")
    parked = replace(
        event,
        status=EventStatus.PARKED,
        parked=event.parked + 1,
        due_at=now + PARKING[event.parked],
        version=event.version + 1,
    )
    ports.events.replace(event, parked)
    return parked.status


def _ended(event: PspEvent, status: EventStatus, alarm: str | None = None) -> PspEvent:
    return replace(event, status=status, alarm=alarm, due_at=None, version=event.version + 1)


def _close(
    event: PspEvent, status: EventStatus, ports: Inbox, alarm: str | None = None
) -> EventStatus:
    closed = _ended(event, status, alarm)
    ports.events.replace(event, closed)
    return closed.status
