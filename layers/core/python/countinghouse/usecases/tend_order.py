"""Look after an order once a PSP took money for it: see to its journals, send its refunds.

A refund goes the way of a charge, with the ledger in front:

        order: REQUESTED, reservation called for --- journal booked --- order: SENT, key, lease
                                                                          |
                                                          the PSP is called under the refund's key
                                                                          |
                             order: SUCCEEDED | FAILED | UNKNOWN, and the journal that answers

A refund whose money is disputed before it was sent fails instead, and the PSP never hears of it.
Whoever finds it sent past its lease asks the PSP what happened; the same key goes out again only
when the PSP does not know it.
"""

from dataclasses import replace

from countinghouse.domain.errors import Conflict, IllegalTransition
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import Order
from countinghouse.domain.order_facts import Verdict
from countinghouse.domain.order_journals import booking_key
from countinghouse.domain.order_refunds import (
    apply_refund_fact,
    drop_refund,
    is_barred,
    settle_bookings,
    start_refund,
)
from countinghouse.domain.psp import RefundFact, SettlementKind
from countinghouse.domain.refund import Refund, RefundStatus
from countinghouse.domain.retry import RetryPolicy
from countinghouse.ports.books import OrderBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.gateway import RefundGateway
from countinghouse.ports.ledger import Journals
from countinghouse.records import dataclass

RACES_MAX = 5


@dataclass(frozen=True, slots=True)
class Tending:
    """What looking after an order needs."""

    orders: OrderBook
    journals: Journals
    gateway: RefundGateway
    clock: Clock
    policy: RetryPolicy


def tend_order(order_id: str, ports: Tending) -> Order | None:
    """Take the order's refunds and bookings one step on; the order as it stands, None when unknown.

    Raises Conflict when others kept writing the order; the message then comes again.
    """
    order = ports.orders.get(order_id)
    if order is None or not order.took_money:
        return order
    now = ports.clock.now()
    counted = replace(order, booked=_booked(order, ports))
    refund = next((r for r in counted.refunds if _wants_step(counted, r, now)), None)
    if refund is None:
        settled = settle_bookings(order, counted.booked, now)
        if settled is not order:
            ports.orders.replace(order, settled)
        return settled
    if refund.status is RefundStatus.REQUESTED and is_barred(order):
        dropped = drop_refund(counted, refund, now)
        ports.orders.replace(order, dropped)
        return dropped
    return _send(order, counted, refund, ports) if _may_send(refund) else _ask(order, refund, ports)


def _booked(order: Order, ports: Tending) -> int:
    """How many of the order's bookings are in the ledger, without a gap."""
    keys = [booking_key(order, place) for place in range(order.booked, len(order.bookings))]
    posted = ports.journals.posted(keys) if keys else frozenset()
    booked = order.booked
    for key in keys:
        if key not in posted:
            break
        booked += 1
    return booked


def _wants_step(order: Order, refund: Refund, now: Instant) -> bool:
    if refund.status is RefundStatus.REQUESTED:
        # The ledger first: the PSP hears of a refund once its reservation is booked.
        return refund.booking < order.booked
    return refund.is_open and refund.due_at is not None and refund.due_at <= now


def _may_send(refund: Refund) -> bool:
    """Whether it was never sent, or the PSP does not know it: `sent_at` is cleared then."""
    return refund.sent_at is None


def _send(stored: Order, order: Order, refund: Refund, ports: Tending) -> Order:
    try:
        started = start_refund(order, refund, ports.clock.now(), ports.policy)
    except IllegalTransition:
        # Older than the PSP's memory of keys: from now on it is only asked about.
        return _ask(stored, refund, ports)
    ports.orders.replace(stored, started)
    return _record(started, ports.gateway.refund(started, refund), ports)


def _ask(order: Order, refund: Refund, ports: Tending) -> Order:
    return _record(order, ports.gateway.find_refund(order, refund), ports)


def _record(order: Order, fact: RefundFact, ports: Tending) -> Order:
    """Commit what the PSP said, on whatever the order has become meanwhile.

    An answer that names no refund of the PSP's is about our call alone: once the refund was sent
    again by somebody else, it says nothing.
    """
    sent_at = _sent_at(order, fact)
    for _ in range(RACES_MAX):
        now = ports.clock.now()
        verdict, changed = apply_refund_fact(order, fact, now, ports.policy)
        if verdict is Verdict.CONTRADICTION:
            # Other money than ours: nothing is settled by it, and too many of these call a person.
            unknown = RefundFact(SettlementKind.UNKNOWN, fact.key)
            verdict, changed = apply_refund_fact(order, unknown, now, ports.policy)
        if verdict is not Verdict.APPLIED:
            return order
        try:
            ports.orders.replace(order, changed)
        except Conflict:
            order = ports.orders.get(order.order_id) or order
            if fact.psp_reference is None and _sent_at(order, fact) not in (None, sent_at):
                return order
        else:
            return changed
    raise Conflict(f"order {order.order_id} kept changing")


def _sent_at(order: Order, fact: RefundFact) -> Instant | None:
    """When the refund that the fact is about was last sent."""
    return next((r.sent_at for r in order.refunds if r.key == fact.key), None)
