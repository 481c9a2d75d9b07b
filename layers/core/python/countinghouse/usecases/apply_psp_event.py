"""Apply a PSP's event to its order or payout: a hint that must be legal from where that stands.

Applied or parked or stale or contradicting (domain rules W5): an event that changes the order is
committed with it in one transaction, an event whose order is not there yet is parked and tried
again, an event that denies what is final makes us ask the PSP, and if the PSP confirms it, calls a
person. An event that names its charge or payout by the PSP's own id only makes us ask whose it is.
"""

from dataclasses import replace

from countinghouse.domain.approval import resolved
from countinghouse.domain.errors import Conflict, Unavailable
from countinghouse.domain.instants import MINUTE, SECOND, Instant
from countinghouse.domain.market_rules import DisputeRules
from countinghouse.domain.order import FINAL_STATUSES, Order
from countinghouse.domain.order_disputes import apply_dispute_fact
from countinghouse.domain.order_facts import Verdict, apply_fact
from countinghouse.domain.order_late import taken_late
from countinghouse.domain.order_refunds import apply_refund_fact
from countinghouse.domain.payout_facts import apply_payout_fact
from countinghouse.domain.psp import (
    DisputeFact,
    Doubt,
    EventStatus,
    FactKind,
    PayoutFact,
    PspEvent,
    PspFact,
    RefundFact,
    SettlementKind,
)
from countinghouse.domain.retry import RetryPolicy
from countinghouse.ports.books import Effect, OrderBook, PspEventBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.gateway import ChargeOwners, Gateway
from countinghouse.ports.payouts import PayoutBook, PayoutNews
from countinghouse.records import dataclass

PARKING: tuple[int, ...] = (30 * SECOND, 2 * MINUTE, 10 * MINUTE)
"""How long an event without its order or payout waits, each time (domain rules W5)."""

RACES_MAX = 5

UNCONFIRMED = "contradiction_unconfirmed"
"""Alarm code: the PSP has no answer any more (Adyen: its keys are too old) to ask it for."""

_UNDECIDED = frozenset({FactKind.PENDING, FactKind.REQUIRES_ACTION})
"""Answers that deny nothing: of some PSPs the first one is all that a question ever gets."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """What applying an event needs; without `owners` and `news` every event names what is ours."""

    events: PspEventBook
    orders: OrderBook
    gateway: Gateway
    clock: Clock
    policy: RetryPolicy
    disputes: DisputeRules
    payouts: PayoutBook
    owners: ChargeOwners | None = None
    news: PayoutNews | None = None


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
    raise Conflict(f"event {event_key} or what it is about kept changing")


def _apply(event: PspEvent, ports: Inbox) -> EventStatus:
    now = ports.clock.now()
    if isinstance(event.fact, PayoutFact):
        return _apply_to_payout(event, event.fact, now, ports)
    if isinstance(event.fact, DisputeFact) and event.order_id is None:
        owned = _owned(event, event.fact, now, ports)
        if owned is None:
            return _park(event, now, ports)
        event = owned
    if event.order_id is None or _says_nothing(event):
        return _close(event, EventStatus.IGNORED, ports)
    order = ports.orders.get(event.order_id)
    if order is None and _is_a_strangers(event):
        return _close(event, EventStatus.IGNORED, ports)
    if order is None or _is_early(event, order):
        return _park(event, now, ports)
    verdict, changed = _verdict(event, order, now, ports)
    if verdict is Verdict.CONTRADICTION:
        return _contradicted(event, order, ports)
    return _settle(event, verdict, (order, changed), ports)


def _owned(event: PspEvent, fact: DisputeFact, now: Instant, ports: Inbox) -> PspEvent | None:
    """The event, stored with the order that its charge was made for; None when nobody knows it.

    Raises Unavailable when the PSP gives no answer, Conflict when the event has moved.
    """
    if ports.owners is None or _waits(event, now):
        return None
    order_id = ports.owners.order_of(event.psp, fact.charge_reference)
    if order_id is None:
        return None
    owned = replace(event, order_id=order_id, version=event.version + 1)
    ports.events.replace(event, owned)
    return owned


def _apply_to_payout(event: PspEvent, fact: PayoutFact, now: Instant, ports: Inbox) -> EventStatus:
    if fact.kind is SettlementKind.UNKNOWN:
        # It names the payout by the PSP's own id and says nothing else of it: ask.
        told = _told(event, fact, now, ports)
        if told is None:
            return _park(event, now, ports)
        fact = told
    payout = ports.payouts.get(fact.payout_id)
    if payout is None:
        return _park(event, now, ports)
    verdict, changed = apply_payout_fact(payout, fact, now, ports.policy)
    if verdict is Verdict.CONTRADICTION:
        return _close(event, EventStatus.CONTRADICTION, ports, alarm="contradiction")
    return _settle(event, verdict, (payout, changed), ports)


def _told(event: PspEvent, fact: PayoutFact, now: Instant, ports: Inbox) -> PayoutFact | None:
    """What the PSP says of the payout now; None when nobody knows it. Raises Unavailable."""
    if ports.news is None or fact.psp_reference is None or _waits(event, now):
        return None
    return ports.news.payout_of(event.psp, fact.psp_reference)


def _waits(event: PspEvent, now: Instant) -> bool:
    """Whether it is parked, and its time has not come."""
    return event.status is EventStatus.PARKED and event.due_at is not None and event.due_at > now


def _settle(event: PspEvent, verdict: Verdict, effect: Effect, ports: Inbox) -> EventStatus:
    if verdict is Verdict.APPLIED:
        closed = _ended(event, EventStatus.APPLIED)
        ports.events.apply(event, closed, effect)
        return closed.status
    # Nothing to write: the order is already past this, and the row says it was received.
    # Only an event that was parked must leave the due-index.
    return _close(event, EventStatus.STALE, ports) if event.due_at else EventStatus.STALE


def _says_nothing(event: PspEvent) -> bool:
    return isinstance(event.fact, PspFact) and event.fact.kind is FactKind.OTHER


def _is_a_strangers(event: PspEvent) -> bool:
    """Whether, without an order, it is about somebody else's payment under our account there.

    An order is written before its PSP hears of it, and nothing in this event names a key of ours.
    """
    fact = event.fact
    return isinstance(fact, PspFact) and fact.kind is FactKind.APPROVED and fact.key is None


def _is_early(event: PspEvent, order: Order) -> bool:
    """A dispute of money whose capture we have not heard of yet."""
    return isinstance(event.fact, DisputeFact) and order.status not in FINAL_STATUSES


def _verdict(event: PspEvent, order: Order, now: Instant, ports: Inbox) -> tuple[Verdict, Order]:
    match event.fact:
        case PspFact() as told:
            fact = resolved(order, told, event.psp)
            applied = apply_fact(order, fact, now, ports.policy, event.psp)
            applied = taken_late(applied, fact, now, event.psp)
            return applied.verdict, applied.order
        case RefundFact() as fact:
            return apply_refund_fact(order, fact, now, ports.policy)
        case DisputeFact() as fact:
            return apply_dispute_fact(order, fact, now, ports.disputes)
        case _:
            return Verdict.STALE, order


def _contradicted(event: PspEvent, order: Order, ports: Inbox) -> EventStatus:
    """Ask the PSP; unless it denies what it told, there is something to call a person for.

    Raises Unavailable when the PSP gives no answer: a contradiction is not closed unexamined. One
    that cannot be asked any more is not asked for ever: a person is called, who can look there.
    """
    if not isinstance(event.fact, PspFact):
        # A refund or dispute that cannot be: the PSP has just said so itself.
        return _close(event, EventStatus.CONTRADICTION, ports, alarm="contradiction")
    fact = resolved(order, event.fact, event.psp)
    truth = ports.gateway.find(order) if order.attempts else fact
    if truth.kind is FactKind.UNKNOWN and truth.doubt is Doubt.UNASKED:
        return _close(event, EventStatus.CONTRADICTION, ports, alarm=UNCONFIRMED)
    if truth.kind is FactKind.UNKNOWN:
        raise Unavailable(f"the PSP does not say what became of order {order.order_id}")
    if _denies(truth, fact):
        return _close(event, EventStatus.STALE, ports)
    return _close(event, EventStatus.CONTRADICTION, ports, alarm="contradiction")


def _denies(truth: PspFact, fact: PspFact) -> bool:
    """Whether what the PSP answers of a charge makes untrue what it told of the same one."""
    same = truth.key == fact.key
    return same and truth.kind is not fact.kind and truth.kind not in _UNDECIDED


def _park(event: PspEvent, now: Instant, ports: Inbox) -> EventStatus:
    if _waits(event, now):
        return event.status
    if event.parked >= len(PARKING):
        return _close(event, EventStatus.CONTRADICTION, ports, alarm=_unlinked(event))
    parked = replace(
        event,
        status=EventStatus.PARKED,
        parked=event.parked + 1,
        due_at=now + PARKING[event.parked],
        version=event.version + 1,
    )
    ports.events.replace(event, parked)
    return parked.status


def _unlinked(event: PspEvent) -> str:
    about_payout = isinstance(event.fact, PayoutFact)
    return "event_without_payout" if about_payout else "event_without_order"


def _ended(event: PspEvent, status: EventStatus, alarm: str | None = None) -> PspEvent:
    return replace(event, status=status, alarm=alarm, due_at=None, version=event.version + 1)


def _close(
    event: PspEvent, status: EventStatus, ports: Inbox, alarm: str | None = None
) -> EventStatus:
    closed = _ended(event, status, alarm)
    ports.events.replace(event, closed)
    return closed.status
