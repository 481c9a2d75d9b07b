"""A payment's money trail: everything that happened to its money, and what is still open."""

from __future__ import annotations

from collections.abc import Iterable

from countinghouse.domain.accounts import CLEARING_KINDS
from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import Order
from countinghouse.domain.payment import Payment
from countinghouse.domain.payout import Payout
from countinghouse.domain.psp import PspEvent
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class Trail:
    """What is known of one payment. `residuals` are what each clearing account still holds.

    `payouts` are those that took the sellers' part away, each with the orders it carried.
    """

    payment: Payment
    orders: tuple[Order, ...]
    events: tuple[PspEvent, ...]
    journals: tuple[Journal, ...]
    payouts: tuple[tuple[Payout, tuple[str, ...]], ...]
    residuals: dict[str, dict[str, int]]


def residuals(journals: Iterable[Journal]) -> dict[str, dict[str, int]]:
    """What the journals leave on each clearing account, by currency and account name."""
    left: dict[str, dict[str, int]] = {}
    for journal in journals:
        for leg in journal.legs:
            if leg.account.kind in CLEARING_KINDS:
                held = left.setdefault(leg.amount.currency, {})
                name = leg.account.name
                held[name] = held.get(name, 0) + leg.amount.minor
    return left
