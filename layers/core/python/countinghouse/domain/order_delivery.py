"""Delivery: what was held for a seller becomes the platform's fee, tax, a reserve and the rest."""

from __future__ import annotations

from dataclasses import replace

from countinghouse.domain.booking import Booking, BookingKind, Split, shares
from countinghouse.domain.delivery import Delivery
from countinghouse.domain.errors import IllegalTransition, Invalid
from countinghouse.domain.fees import fee_on
from countinghouse.domain.instants import DAY, MINUTE, Instant, day_of
from countinghouse.domain.market_rules import ReserveRule
from countinghouse.domain.money import allocate
from countinghouse.domain.order import CAPTURED_STATUSES, Order
from countinghouse.domain.order_conversion import captured_sides, seller_amount

_BASIS = 10_000
_CLOCKS_DIFFER = 5 * MINUTE
BOOKING_CHECK = MINUTE
"""How soon after a change its journals are looked for, if nobody has said they are there."""


def share_of(order: Order) -> Split:
    """Where the order's captured money stands, in the seller's currency."""
    return shares(captured_sides(order).seller_minor, order.bookings)


def split_of(order: Order, minor: int) -> Split:
    """Where a refund of `minor`, of the seller's currency, comes from.

    What is pending first, then pro rata of what was released.
    """
    share = share_of(order)
    pending = min(minor, share.pending)
    if minor == pending:
        return Split(pending=pending)
    parts = [share.fee, share.tax, share.reserve, share.seller]
    fee, tax, reserve, seller = allocate(minor - pending, parts)
    return Split(pending, fee, tax, reserve, seller)


def deliver(order: Order, delivered_at: Instant, now: Instant, rule: ReserveRule) -> Order:
    """The order delivered, its money released. A repeat returns the same object.

    `delivered_at` may be long past, not to come. Raises IllegalTransition when nothing was captured
    or everything was refunded, Invalid for a time to come.
    """
    if order.delivery is not None:
        return order
    if order.status not in CAPTURED_STATUSES:
        raise IllegalTransition(f"order {order.order_id} is {order.status}, not captured")
    if not 0 <= delivered_at <= now + _CLOCKS_DIFFER:
        raise Invalid("an order is delivered after 1970 and not to come", field="delivered_at")
    if refunded_minor(order) == order.captured_minor:
        raise IllegalTransition(f"order {order.order_id} was refunded")
    freed_at = delivered_at + rule.days * DAY
    held = rule.basis_points > 0 and freed_at > now
    delivery = Delivery(
        delivered_at=delivered_at,
        recorded_at=now,
        reserve_basis_points=rule.basis_points if held else 0,
        # A tranche is freed when its day begins: the first midnight that is not too early.
        release_on=day_of(freed_at + DAY - 1) if held else None,
    )
    delivered = order.changed(now, delivery=delivery)
    # Money is not released before it was taken, however early the goods were there.
    return with_release(delivered, max(delivered_at, order.captured_at or delivered_at), now)


def with_release(order: Order, event_at: Instant, now: Instant) -> Order:
    """The order with a release of what is pending, if it is delivered and anything is.

    The version does not move: this completes a change that has moved it.
    """
    pending = share_of(order).pending
    if order.delivery is None or pending == 0:
        return order
    split = _release_split(order, pending, order.delivery.reserve_basis_points)
    return with_bookings(order, now, Booking(BookingKind.RELEASE, split, event_at))


def with_bookings(order: Order, now: Instant, *bookings: Booking) -> Order:
    """The order with more journals called for, and looked at again until they are booked.

    The version does not move: this completes a change that has moved it.
    """
    # The longest wait that somebody else's loss can cost: the sweep comes back by then.
    due_at = min(order.due_at or now + BOOKING_CHECK, now + BOOKING_CHECK)
    return replace(order, bookings=(*order.bookings, *bookings), due_at=due_at)


def _release_split(order: Order, released: int, reserve_basis_points: int) -> Split:
    """What `released` turns into, of the fee, tax and seller's part not released so far."""
    captured = captured_sides(order).seller_minor
    fee, tax = fee_on(order.fee, seller_amount(order), captured)
    before = [b.split for b in order.bookings if b.kind is BookingKind.RELEASE]
    fee_left = fee - sum(split.fee for split in before)
    tax_left = tax - sum(split.tax for split in before)
    seller_left = captured - fee - tax
    seller_left -= sum(split.reserve + split.seller for split in before)
    fee_now, tax_now, seller_now = allocate(released, [fee_left, tax_left, seller_left])
    reserve = (seller_now * reserve_basis_points + _BASIS // 2) // _BASIS
    return Split(fee=fee_now, tax=tax_now, reserve=reserve, seller=seller_now - reserve)


def refunded_minor(order: Order) -> int:
    """What was refunded or is being refunded: all that may not be refunded again."""
    return sum(booking.paid * _REFUND_SIGN.get(booking.kind, 0) for booking in order.bookings)


_REFUND_SIGN = {
    BookingKind.REFUND_REQUESTED: 1,
    BookingKind.REFUND_FAILED: -1,
    BookingKind.REFUND_REVERSED: -1,
}
