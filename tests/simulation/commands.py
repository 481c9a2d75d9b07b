"""What the reference model is told: what was done, and what the PSP's own book says came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Where = tuple[str, str]
"""A seller and a currency."""


@dataclass(frozen=True)
class Sold:
    """An order was placed. `wanted` is what is captured of it: 0 none, whatever the reason."""

    order_id: str
    checkout_id: str
    seller: str
    currency: str
    amount: int
    wanted: int
    ends: frozenset[str] = frozenset()
    """How it ends when nothing is captured."""


@dataclass(frozen=True)
class Delivered:
    """The buyer has it; what is held back is free after the day `frees`."""

    order_id: str
    frees: str


@dataclass(frozen=True)
class Refunded:
    """A refund was asked for, of all that is left when there is no amount."""

    order_id: str
    amount: int | None


@dataclass(frozen=True)
class Disputed:
    """The buyer's bank asked for money back, and it was decided: the PSP knows how much and how."""

    order_id: str


@dataclass(frozen=True)
class PaidOut:
    """A payout of all there is was asked for."""

    seller: str
    currency: str


@dataclass(frozen=True)
class Freed:
    """The day came on which the reserves of `day` are free."""

    day: str


Command = Sold | Delivered | Refunded | Disputed | PaidOut | Freed


@dataclass(frozen=True)
class Truth:
    """The PSP's own book: by order, by order and number, by seller and currency, in their order."""

    captured: Mapping[str, int]
    refunds: Mapping[tuple[str, int], str]
    """succeeded, failed, or reversed: how the n-th refund of an order ended."""
    disputes: Mapping[str, Sequence[tuple[int, str, int, int]]]
    """Amount, end, what is withdrawn, what it cost."""
    payouts: Mapping[Where, Sequence[tuple[int, str]]]
    arrived: Mapping[str, int]
    """By currency: what the PSP paid into our bank."""
    filed: frozenset[str]
    """The orders that a settlement file told of."""
