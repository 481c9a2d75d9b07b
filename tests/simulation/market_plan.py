"""A market's days as data: who buys, delivers, gives back and is paid out on which of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from countinghouse.domain.instants import day_of
from tests.simulation.clock import START_MS
from tests.simulation.commands import (
    Command,
    Delivered,
    Disputed,
    Freed,
    PaidOut,
    Refunded,
    Sold,
)

FREED_AFTER_DAYS = 31
"""Thirty days from five in the morning, and then the next midnight."""


@dataclass(frozen=True)
class Part:
    """One seller's order. `takes` is what is captured by hand: None all, 0 calls it off."""

    order_id: str
    seller: str
    amount: int
    buyer: str = "pays"
    takes: int | None = None


@dataclass(frozen=True)
class Sale:
    """One checkout; `acts` is how a buyer who is asked answers: approve, decline or cancel."""

    checkout_id: str
    parts: tuple[Part, ...]
    currency: str = "EUR"
    method: str = "credit_card"
    acts: str | None = None
    by_hand: bool = False
    all_or_none: bool = False

    def sold(self) -> Iterator[Sold]:
        """What the model is told of it."""
        lost = self.acts in ("decline", "cancel")
        fails = lost or any(part.buyer == "declines" for part in self.parts)
        for part in self.parts:
            refused = self.acts == "decline" or part.buyer == "declines"
            none = lost or refused or (self.all_or_none and fails) or part.takes == 0
            wanted = 0 if none else part.takes or part.amount
            ends = frozenset({"failed"} if refused else {"voided", "cancelled"})
            yield Sold(
                *(part.order_id, self.checkout_id, part.seller, self.currency, part.amount),
                *(wanted, ends),
            )


@dataclass(frozen=True)
class Deed:
    """What a seller, or somebody about one of his orders, does: `how` it then goes on."""

    kind: str
    order_id: str = ""
    amount: int | None = None
    how: str = ""
    currency: str = "EUR"


@dataclass(frozen=True)
class Day:
    """One day: what is bought, then each seller's deeds. A `month`'s reserves are free by then."""

    sales: tuple[Sale, ...] = ()
    deeds: tuple[tuple[str, tuple[Deed, ...]], ...] = ()
    month: bool = False


def date_of(number: int) -> str:
    """The calendar day of a market day that no month precedes."""
    return (date.fromisoformat(day_of(START_MS)) + timedelta(days=number)).isoformat()


def freed_on(day: str) -> str:
    """When the reserve of a delivery on that day is free."""
    return (date.fromisoformat(day) + timedelta(days=FREED_AFTER_DAYS)).isoformat()


def commands(days: tuple[Day, ...]) -> Iterator[Command]:
    """The days as the model is told of them."""
    for number, day in enumerate(days):
        if day.month:
            yield from (Freed(freed_on(date_of(before))) for before in range(number))
        for sale in day.sales:
            yield from sale.sold()
        for seller, deeds in day.deeds:
            yield from (_command(number, seller, deed) for deed in deeds)


def _command(number: int, seller: str, deed: Deed) -> Command:
    match deed.kind:
        case "deliver":
            return Delivered(deed.order_id, freed_on(date_of(number)))
        case "refund":
            return Refunded(deed.order_id, deed.amount)
        case "dispute":
            return Disputed(deed.order_id)
        case _:
            return PaidOut(seller, deed.currency)
