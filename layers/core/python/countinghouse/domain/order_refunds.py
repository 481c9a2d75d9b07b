"""Refunding an order: the guard, the way to the PSP and back, and what each step books.

Everything here is a change of the order itself, so that two refunds of one order, or a refund and a
dispute, meet in one conditional write before any PSP is called (domain rules, section 1).
"""

from __future__ import annotations

from dataclasses import replace

from countinghouse.domain.booking import Booking, BookingKind
from countinghouse.domain.errors import IllegalTransition, Invalid, KeyReused
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import Order
from countinghouse.domain.order_conversion import Sides, returned_sides
from countinghouse.domain.order_delivery import (
    BOOKING_CHECK,
    refunded_minor,
    split_of,
    with_bookings,
    with_release,
)
from countinghouse.domain.order_facts import Verdict
from countinghouse.domain.psp import RefundFact, SettlementKind
from countinghouse.domain.refund import REFUNDS_MAX, Refund, RefundStatus
from countinghouse.domain.retry import RetryPolicy
from countinghouse.records import dataclass

R = RefundStatus
S = SettlementKind


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """A wish to refund. `amount_minor` None means all that is left; `currency` None the order's."""

    refund_id: str
    amount_minor: int | None
    currency: str | None
    reason: str
    fingerprint: str


def refund_of(order: Order, refund_id: str) -> Refund | None:
    """The order's refund of that id, or None."""
    return next((r for r in order.refunds if r.refund_id == refund_id), None)


def request_refund(order: Order, request: RefundRequest, now: Instant) -> Order:
    """The order with a refund reserved; nothing is sent yet. A repeat returns the same object.

    Raises KeyReused for the id with another body; IllegalTransition when nothing was captured or
    the money is disputed; Invalid for another currency, an amount below one, or (code
    `refund_exceeds_captured`) more than is left.
    """
    known = refund_of(order, request.refund_id)
    if known is not None:
        if known.fingerprint != request.fingerprint:
            raise KeyReused("this idempotency key was used with another body")
        return order
    amount = _refundable(order, request)
    # Late money was never the seller's, in whatever currency the seller is paid.
    sides = returned_sides(order, amount) if order.late_payment is None else Sides(amount)
    split = split_of(order, sides.seller_minor)
    refund = Refund(
        refund_id=request.refund_id,
        amount_minor=amount,
        reason=request.reason,
        key=f"{order.order_id}:refund:{len(order.refunds) + 1}",
        fingerprint=request.fingerprint,
        booking=len(order.bookings),
        requested_at=now,
        updated_at=now,
    )
    requested = order.changed(now, refunds=(*order.refunds, refund))
    kind = BookingKind.REFUND_REQUESTED
    booking = Booking(kind, split, now, refund.refund_id, None, 0, *sides.beside)
    return with_bookings(requested, now, booking)


def _refundable(order: Order, request: RefundRequest) -> int:
    """The amount to refund, checked against everything that forbids it."""
    if not order.took_money:
        raise IllegalTransition(f"order {order.order_id} is {order.status}, not captured")
    if is_barred(order):
        raise IllegalTransition(f"order {order.order_id} is disputed: the bank decides")
    if request.currency not in (None, order.currency):
        raise Invalid(f"order {order.order_id} was paid in {order.currency}", field="currency")
    left = order.taken_minor - refunded_minor(order)
    amount = left if request.amount_minor is None else request.amount_minor
    if amount < 1 and request.amount_minor is not None:
        raise Invalid("a refund is at least one minor unit", field="amount")
    if amount < 1 or amount > left:
        raise Invalid(
            f"{left} of order {order.order_id} are left to refund",
            code="refund_exceeds_captured",
            field="amount",
        )
    if len(order.refunds) >= REFUNDS_MAX:
        raise IllegalTransition(f"order {order.order_id} has had {REFUNDS_MAX} refunds")
    return amount


def start_refund(order: Order, refund: Refund, now: Instant, policy: RetryPolicy) -> Order:
    """The order with this refund under way: what is written before the PSP sees it.

    Raises IllegalTransition when the PSP may have forgotten its key: then it is only asked about.
    """
    first = refund.first_sent_at or now
    if now - first > policy.key_window:
        raise IllegalTransition(f"refund {refund.refund_id} is too old to send again")
    sent = refund.moved(R.SENT, now, sent_at=now, first_sent_at=first, due_at=now + policy.lease)
    return _with_refund(order, sent, now)


def drop_refund(order: Order, refund: Refund, now: Instant) -> Order:
    """The order with a refund failed that no PSP has seen: its money was disputed meanwhile."""
    failed = RefundFact(S.FAILED, refund.key, failure="order_disputed")
    return _failed(order, refund, failed, now)[1]


def is_barred(order: Order) -> bool:
    """Whether a dispute may return, or has returned, the same money (domain rules, section 1)."""
    return any(dispute.blocks_refunds for dispute in order.disputes)


def apply_refund_fact(
    order: Order, fact: RefundFact, now: Instant, policy: RetryPolicy
) -> tuple[Verdict, Order]:
    """The order after what the PSP said of one of its refunds; total, and pure."""
    refund = next((r for r in order.refunds if r.key == fact.key), None)
    if refund is None or refund.status is R.REQUESTED:
        # The PSP speaks of money that we never asked it to return.
        moved = fact.kind in (S.SUCCEEDED, S.PENDING)
        return (Verdict.CONTRADICTION if moved else Verdict.STALE), order
    if _differs(order, refund, fact):
        return Verdict.CONTRADICTION, order
    match fact.kind:
        case S.SUCCEEDED:
            return _succeeded(order, refund, fact, now)
        case S.FAILED:
            return _failed(order, refund, fact, now)
        case _ if not refund.is_open:
            return Verdict.STALE, order
        case _:
            return Verdict.APPLIED, _waiting(order, refund, fact, now, policy)


def _differs(order: Order, refund: Refund, fact: RefundFact) -> bool:
    moves = fact.kind in (S.SUCCEEDED, S.PENDING)
    return moves and (fact.amount_minor, fact.currency) != (refund.amount_minor, order.currency)


def _succeeded(
    order: Order, refund: Refund, fact: RefundFact, now: Instant
) -> tuple[Verdict, Order]:
    if refund.status in (R.SUCCEEDED, R.REVERSED):
        # The older news, where it is reversed: only what has succeeded comes back.
        return Verdict.STALE, order
    if refund.status is R.FAILED:
        return (Verdict.STALE if _is_older(order, refund, fact) else Verdict.CONTRADICTION), order
    done = refund.moved(R.SUCCEEDED, now, due_at=None, **_learned(refund, fact))
    booking = _answer_to(order, refund, BookingKind.REFUND_PAID, fact, now)
    return Verdict.APPLIED, with_bookings(_with_refund(order, done, now), now, booking)


def _is_older(order: Order, refund: Refund, fact: RefundFact) -> bool:
    """Whether it tells of the time before the same refund failed, as the PSP itself has said."""
    same = refund.psp_reference is not None and fact.psp_reference == refund.psp_reference
    failed_at = max(b.event_at for b in order.bookings if b.subject == refund.refund_id)
    return same and fact.occurred_at is not None and fact.occurred_at <= failed_at


def _failed(order: Order, refund: Refund, fact: RefundFact, now: Instant) -> tuple[Verdict, Order]:
    if refund.status in (R.FAILED, R.REVERSED):
        return Verdict.STALE, order
    reversal = refund.status is R.SUCCEEDED
    if reversal and fact.psp_reference is None:
        # A call that was refused: it undoes nothing that another call under this key has done.
        return Verdict.STALE, order
    status = R.REVERSED if reversal else R.FAILED
    kind = BookingKind.REFUND_REVERSED if reversal else BookingKind.REFUND_FAILED
    failure = fact.failure or "refund_failed"
    done = refund.moved(status, now, due_at=None, failure=failure, **_learned(refund, fact))
    booking = _answer_to(order, refund, kind, fact, now)
    changed = with_bookings(_with_refund(order, done, now), now, booking)
    return Verdict.APPLIED, with_release(changed, booking.event_at, now)


def _waiting(
    order: Order, refund: Refund, fact: RefundFact, now: Instant, policy: RetryPolicy
) -> Order:
    """No outcome yet: ask later, or send again what the PSP does not know and would remember."""
    asked = refund.asked + 1
    may_go_again = now - (refund.first_sent_at or now) <= policy.key_window
    if fact.kind in (S.NOT_FOUND, S.NOT_SENT) and may_go_again:
        again = policy.next_attempt_at(now, refund.asked, refund.key)
        waiting = replace(refund, due_at=again, sent_at=None, asked=asked, updated_at=now)
        return _with_refund(order, waiting, now)
    status = refund.status if fact.kind is S.PENDING else R.UNKNOWN
    later = policy.next_question_at(now, refund.asked)
    waiting = refund.moved(status, now, due_at=later, asked=asked, **_learned(refund, fact))
    return _with_refund(order, waiting, now)


def _learned(refund: Refund, fact: RefundFact) -> dict[str, object]:
    return {"psp_reference": refund.psp_reference or fact.psp_reference}


def _answer_to(
    order: Order, refund: Refund, kind: BookingKind, fact: RefundFact, now: Instant
) -> Booking:
    """The booking that answers the refund's reservation, of the same amounts."""
    asked, at = order.bookings[refund.booking], fact.occurred_at or now
    # Money that reached the buyer leaves the clearing account; money that did not goes back.
    mirrors = None if kind is BookingKind.REFUND_PAID else refund.booking
    return replace(asked, kind=kind, event_at=at, mirrors=mirrors)


def _with_refund(order: Order, refund: Refund, now: Instant) -> Order:
    refunds = tuple(refund if r.refund_id == refund.refund_id else r for r in order.refunds)
    changed = order.changed(now, refunds=refunds)
    return replace(changed, due_at=next_look(changed, now))


def next_look(order: Order, now: Instant) -> Instant | None:
    """When a captured order wants to be looked at again; None when it is at rest."""
    waits = [refund.due_at for refund in order.refunds if refund.due_at is not None]
    unsent = any(refund.status is R.REQUESTED for refund in order.refunds)
    if unsent or order.booked < len(order.bookings):
        waits.append(now + BOOKING_CHECK)
    return min(waits) if waits else None


def settle_bookings(order: Order, booked: int, now: Instant) -> Order:
    """The order with its first `booked` bookings known to be in the ledger.

    Returns the same object when that was known and no later look is due.
    """
    counted = replace(order, booked=max(booked, order.booked))
    settled = order.changed(now, booked=counted.booked, due_at=next_look(counted, now))
    overdue = order.due_at is not None and order.due_at <= now
    return settled if counted.booked != order.booked or overdue else order
