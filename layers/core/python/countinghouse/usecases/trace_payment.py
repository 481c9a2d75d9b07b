"""A payment's money trail: everything that happened to its money, and what is still open."""

from dataclasses import dataclass

from countinghouse.domain.errors import NotFound
from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import Order
from countinghouse.domain.payment import Payment
from countinghouse.domain.psp import PspEvent
from countinghouse.ports.books import OrderBook, PaymentBook, PspEventBook
from countinghouse.ports.ledger import Journals

CLEARING_KINDS = ("psp_receivable", "refund_clearing", "chargeback_suspense", "seller_in_payout")
"""Accounts that must come back to zero per order (domain rules L1)."""


@dataclass(frozen=True, slots=True)
class Trail:
    """What is known of one payment. `residuals` are what each clearing account still holds."""

    payment: Payment
    orders: tuple[Order, ...]
    events: tuple[PspEvent, ...]
    journals: tuple[Journal, ...]
    residuals: dict[str, dict[str, int]]


def trace_payment(
    checkout_id: str,
    payments: PaymentBook,
    orders: OrderBook,
    events: PspEventBook,
    ledger: Journals,
) -> Trail:
    """The trail of one payment. Raises NotFound."""
    payment = payments.get(checkout_id)
    if payment is None:
        raise NotFound(f"there is no payment {checkout_id}")
    found = orders.get_many(line.order_id for line in payment.lines)
    own = tuple(order for order in found.values() if order.checkout_id == checkout_id)
    ids = [order.order_id for order in own]
    journals = tuple(journal for order_id in ids for journal in ledger.journals(order_id))
    seen = tuple(event for order_id in ids for event in events.of_order(order_id))
    return Trail(payment, own, seen, journals, residuals(journals))


def residuals(journals: tuple[Journal, ...]) -> dict[str, dict[str, int]]:
    """What the journals leave on each clearing account, by currency and account name."""
    left: dict[str, dict[str, int]] = {}
    for journal in journals:
        for leg in journal.legs:
            if leg.account.kind in CLEARING_KINDS:
                held = left.setdefault(leg.amount.currency, {})
                name = leg.account.name
                held[name] = held.get(name, 0) + leg.amount.minor
    return left
