"""The two sides of an order's money: the buyer's currency at the PSP, the seller's in the wallet.

What a part moves on the seller's side is worked out by running totals: the share of everything that
has moved so far with it, less what moved before. When all of the money has gone back, all of the
seller's side has, and all of the spread.
"""

from __future__ import annotations

from countinghouse.domain.booking import Booking, BookingKind
from countinghouse.domain.order import Order
from countinghouse.records import dataclass

K = BookingKind
_SIGN = {
    K.REFUND_REQUESTED: 1,
    K.REFUND_FAILED: -1,
    K.REFUND_REVERSED: -1,
    K.DISPUTE_HELD: 1,
    K.DISPUTE_RELEASED: -1,
}
"""What takes money back from the seller, and what gives it back to the seller."""


@dataclass(frozen=True, slots=True)
class Sides:
    """One amount on both sides. `paid_minor` and `mid_minor` as a booking has them."""

    seller_minor: int
    paid_minor: int | None = None
    mid_minor: int | None = None

    @property
    def beside(self) -> tuple[int | None, int | None]:
        """What a booking has beside its split."""
        return self.paid_minor, self.mid_minor


def seller_currency(order: Order) -> str:
    """What the seller is paid in: the order's own currency unless it is converted."""
    return order.currency if order.conversion is None else order.conversion.seller_currency


def seller_amount(order: Order) -> int:
    """The whole order, minor units of the seller's currency."""
    return order.amount_minor if order.conversion is None else order.conversion.seller_minor


def captured_sides(order: Order) -> Sides:
    """What was captured."""
    deal, captured, whole = order.conversion, order.captured_minor, order.amount_minor
    if deal is None:
        return Sides(captured)
    return Sides(deal.seller_share(captured, whole), captured, deal.mid_share(captured, whole))


def returned_sides(order: Order, paid_minor: int) -> Sides:
    """What it takes from the seller to give `paid_minor` back to the buyer, now."""
    deal = order.conversion
    if deal is None:
        return Sides(paid_minor)
    paid, seller, mid = _returned(order)
    so_far, whole = paid + paid_minor, order.amount_minor
    # A refund that failed out of turn may leave a minor unit more taken than is due by now.
    due = max(0, deal.seller_share(so_far, whole) - seller)
    return Sides(due, paid_minor, deal.mid_share(so_far, whole) - mid)


def _returned(order: Order) -> tuple[int, int, int]:
    """What went back so far, or is held: paid, the seller's part, and at the reference rate."""
    paid = seller = mid = 0
    for booking in order.bookings:
        sign = 1 if _is_lost_unheld(booking) else _SIGN.get(booking.kind, 0)
        paid += sign * booking.paid
        seller += sign * booking.split.total
        mid += sign * (booking.mid_minor or 0)
    return paid, seller, mid


def _is_lost_unheld(booking: Booking) -> bool:
    """Whether a dispute was lost over an amount that is nothing in the seller's currency.

    Then no hold was booked, and the loss is what counts.
    """
    return booking.kind is K.DISPUTE_LOST and booking.split.total == 0


def psp_sides(order: Order, paid_minor: int) -> Sides:
    """What moves at the PSP alone, and takes nothing from the seller."""
    return Sides(paid_minor) if order.conversion is None else Sides(0, paid_minor)
