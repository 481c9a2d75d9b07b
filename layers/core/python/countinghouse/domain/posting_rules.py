"""The posting rules: which accounts each kind of booking moves (domain rules, section 3).

Each rule debits and credits a purse, which knows what the seller's wallet holds at that moment. The
rules of bookings that undo another one book only their own side: what the other had taken from the
seller and from the fee is returned beforehand, account by account.

What stands with the PSP moves in the buyer's currency, what stands with the seller in the seller's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from countinghouse.domain.accounts import Account
from countinghouse.domain.booking import Booking, BookingKind
from countinghouse.domain.money import Money
from countinghouse.domain.order import Order
from countinghouse.domain.purse import RESERVE, Purse

K = BookingKind
Rule = Callable[[Purse, Order, Booking], None]

_REFUND_CLEARING = Account("refund_clearing")
_SUSPENSE = Account("chargeback_suspense")
_FEE_REVENUE = Account("platform_fee_revenue")
_FEE_TAX = Account("fee_tax_payable")
_DISPUTE_FEE = Account("dispute_fee_expense")
_LOSS = Account("chargeback_loss")


def _psp(order: Order) -> Account:
    return Account("psp_receivable", order.payment_info.psp)


def _pending(purse: Purse) -> Account:
    return purse.account("seller_pending")


def _hold(purse: Purse) -> Account:
    return purse.account("seller_dispute_hold")


def _tranche(purse: Purse, order: Order) -> Account:
    """The part of the seller's reserve that this order's delivery made."""
    delivery = order.delivery
    return purse.account(RESERVE, (delivery.release_on or "") if delivery else "")


def _exchange(purse: Purse, order: Order, booking: Booking, sign: int) -> None:
    """From the buyer's currency to the seller's, or back with `sign` -1; of one currency, nothing.

    The seller's side is the whole split: who gets which part of it is another question.
    """
    if order.conversion is not None:
        paid = Money(sign * booking.paid, order.currency)
        purse.exchange(paid, sign * (booking.mid_minor or 0), sign * booking.split.total)


def _capture(purse: Purse, order: Order, booking: Booking) -> None:
    purse.debit(_psp(order), booking.paid, order.currency)
    purse.credit(_pending(purse), booking.split.pending)
    _exchange(purse, order, booking, 1)


def _release(purse: Purse, order: Order, booking: Booking) -> None:
    split = booking.split
    purse.debit(_pending(purse), split.released)
    purse.credit(_FEE_REVENUE, split.fee)
    purse.credit(_FEE_TAX, split.tax)
    if split.reserve:
        purse.credit(_tranche(purse, order), split.reserve)
    purse.give(split.seller)


def _refund_requested(purse: Purse, order: Order, booking: Booking) -> None:
    split = booking.split
    purse.debit(_pending(purse), split.pending)
    purse.debit(_FEE_REVENUE, split.fee)
    purse.debit(_FEE_TAX, split.tax)
    purse.take(split.reserve + split.seller, [(_tranche(purse, order), split.reserve)])
    purse.credit(_REFUND_CLEARING, booking.paid, order.currency)
    _exchange(purse, order, booking, -1)


def _refund_paid(purse: Purse, order: Order, booking: Booking) -> None:
    purse.debit(_REFUND_CLEARING, booking.paid, order.currency)
    purse.credit(_psp(order), booking.paid, order.currency)


def _refund_failed(purse: Purse, order: Order, booking: Booking) -> None:
    purse.debit(_REFUND_CLEARING, booking.paid, order.currency)
    _exchange(purse, order, booking, 1)


def _refund_reversed(purse: Purse, order: Order, booking: Booking) -> None:
    purse.debit(_psp(order), booking.paid, order.currency)
    _exchange(purse, order, booking, 1)


def _dispute_held(purse: Purse, _: Order, booking: Booking) -> None:
    purse.debit(_pending(purse), booking.split.pending)
    purse.take_all_ways(booking.split.seller)
    purse.credit(_hold(purse), booking.split.total)


def _dispute_withdrawn(purse: Purse, order: Order, booking: Booking) -> None:
    purse.debit(_SUSPENSE, booking.paid, order.currency)
    purse.debit(_DISPUTE_FEE, booking.charge_minor, order.currency)
    purse.credit(_psp(order), booking.paid + booking.charge_minor, order.currency)


def _dispute_reinstated(purse: Purse, order: Order, booking: Booking) -> None:
    purse.debit(_psp(order), booking.paid, order.currency)
    purse.credit(_SUSPENSE, booking.paid, order.currency)


def _dispute_released(purse: Purse, _: Order, booking: Booking) -> None:
    purse.debit(_hold(purse), booking.split.total)


def _dispute_lost(purse: Purse, order: Order, booking: Booking) -> None:
    purse.debit(_hold(purse), booking.split.total)
    purse.credit(_SUSPENSE, booking.paid, order.currency)
    _exchange(purse, order, booking, -1)


def _dispute_absorbed(purse: Purse, order: Order, booking: Booking) -> None:
    purse.debit(_LOSS, booking.paid, order.currency)
    purse.credit(_SUSPENSE, booking.paid, order.currency)


def _dispute_fee_given_back(purse: Purse, _: Order, booking: Booking) -> None:
    purse.debit(_FEE_REVENUE, booking.split.fee)
    purse.debit(_FEE_TAX, booking.split.tax)
    purse.give(booking.split.fee + booking.split.tax)


POSTING_RULES: Mapping[BookingKind, Rule] = MappingProxyType(
    {
        K.CAPTURE: _capture,
        K.RELEASE: _release,
        K.REFUND_REQUESTED: _refund_requested,
        K.REFUND_PAID: _refund_paid,
        K.REFUND_FAILED: _refund_failed,
        K.REFUND_REVERSED: _refund_reversed,
        K.DISPUTE_HELD: _dispute_held,
        K.DISPUTE_WITHDRAWN: _dispute_withdrawn,
        K.DISPUTE_REINSTATED: _dispute_reinstated,
        K.DISPUTE_RELEASED: _dispute_released,
        K.DISPUTE_LOST: _dispute_lost,
        K.DISPUTE_ABSORBED: _dispute_absorbed,
        K.DISPUTE_FEE_GIVEN_BACK: _dispute_fee_given_back,
    }
)
"""Every kind has its rule; a kind without one fails the tests."""
