"""How what follows a capture ends: the seller's balances, refunds and disputes."""

from __future__ import annotations

from dataclasses import dataclass

Balances = tuple[tuple[str, int], ...]


def balances(**buckets: int) -> Balances:
    """A seller's balances that are not zero."""
    return tuple(sorted((name, minor) for name, minor in buckets.items() if minor))


@dataclass(frozen=True, slots=True)
class Ending:
    """One way to end: what the seller holds, where ord-1's refunds, disputes and payouts stand."""

    holds: Balances
    refunds: tuple[str, ...] = ()
    disputes: tuple[str, ...] = ()
    payouts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sale:
    """Every way in which a flow may end.

    `is_opening_told` when disputes are opened slowly enough for everybody to hear of it.
    """

    endings: tuple[Ending, ...]
    is_opening_told: bool = True
    seller_id: str = "seller-1"
