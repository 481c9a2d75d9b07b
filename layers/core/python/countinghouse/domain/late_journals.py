"""The journals of money that came too late: unallocated until it is back with the buyer.

    late_payment      psp_receivable  -> unallocated      the PSP took it
    refund_requested  unallocated     -> refund_clearing  it is on its way back
    refund_paid       refund_clearing -> psp_receivable   the buyer has it
    refund_failed     refund_clearing -> unallocated      the PSP could not return it
    refund_reversed   psp_receivable  -> unallocated      the buyer's bank sent it back

It is nobody's sale: no seller's account moves, and no seller's wallet carries any of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from countinghouse.domain.accounts import Account
from countinghouse.domain.booking import Booking, BookingKind
from countinghouse.domain.instants import Instant
from countinghouse.domain.late_payment import LatePayment
from countinghouse.domain.ledger import Journal, credit, debit
from countinghouse.domain.money import Money
from countinghouse.domain.order import Order
from countinghouse.domain.order_journals import booking_key

K = BookingKind

LATE = "late"
"""The owner, with the seller's id, of the books that late money passes through."""

_AT_PSP, _UNALLOCATED, _GOING_BACK = "psp_receivable", "unallocated", "refund_clearing"

SIDES: Mapping[BookingKind, tuple[str, str]] = MappingProxyType(
    {
        K.LATE_PAYMENT: (_AT_PSP, _UNALLOCATED),
        K.REFUND_REQUESTED: (_UNALLOCATED, _GOING_BACK),
        K.REFUND_PAID: (_GOING_BACK, _AT_PSP),
        K.REFUND_FAILED: (_GOING_BACK, _UNALLOCATED),
        K.REFUND_REVERSED: (_AT_PSP, _UNALLOCATED),
    }
)
"""Which account each kind of booking debits, and which it credits."""


def late_journals(order: Order, now: Instant) -> tuple[Journal, ...]:
    """Every journal that the order's late payment may still lack, in the order they are booked.

    Booking one twice is a no-op by its id. None when no money came too late.
    """
    late = order.late_payment
    if late is None:
        return ()
    places = range(order.booked, len(order.bookings))
    return tuple(_journal(order, late, place, now) for place in places)


def _journal(order: Order, late: LatePayment, place: int, now: Instant) -> Journal:
    booking = order.bookings[place]
    debited, credited = (_account(order, kind) for kind in SIDES[booking.kind])
    amount = Money(booking.split.total, order.currency)
    undone = None if booking.mirrors is None else booking_key(order, booking.mirrors)
    return Journal(
        key=booking_key(order, place),
        kind=booking.kind,
        reference=order.order_id,
        legs=(debit(debited, amount), credit(credited, amount)),
        event_at=booking.event_at,
        created_at=now,
        cause=f"order:{order.order_id}:{booking.subject or order.version}",
        checkout_id=order.checkout_id,
        reverses=undone.ledger_id if undone is not None else None,
        home=f"{LATE}:{order.seller_id}",
        psp_reference=_psp_reference(order, late, booking),
    )


def _account(order: Order, kind: str) -> Account:
    return Account(kind) if kind == _GOING_BACK else Account(kind, order.payment_info.psp)


def _psp_reference(order: Order, late: LatePayment, booking: Booking) -> str | None:
    """The PSP's id of what is booked: the charge or the refund; None where nothing moved there."""
    if booking.kind is K.LATE_PAYMENT:
        return late.psp_reference
    if booking.kind not in (K.REFUND_PAID, K.REFUND_REVERSED):
        return None
    refunds = (r.psp_reference for r in order.refunds if r.refund_id == booking.subject)
    return next(refunds, None)
