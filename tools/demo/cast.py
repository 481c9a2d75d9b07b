"""Who plays in the demo: every checkout, what befalls it, and how it has to end.

All of it is decided before the first call, so that what the system did is compared with something
that it had no part in.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tools.demo.plots import PLAIN, PLOTS, Fault, Means, Plot

CURRENCIES = ("EUR", "USD", "JPY", "KWD")
SELLERS = 12
_ROUNDS = 2
_TWICE_EVERY = 3
# Amounts that people pay, in minor units.
_AMOUNTS = {"EUR": (199, 49_999), "USD": (99, 39_999), "JPY": (120, 80_000), "KWD": (250, 90_000)}


@dataclass(frozen=True, slots=True)
class Part:
    """One seller's order in a checkout, and how it has to end. Amounts are minor units."""

    order_id: str
    seller_id: str
    amount: int
    # What the operator captures by hand, where the story has it so.
    capture: int | None
    ends: frozenset[str]
    captured: int
    failures: frozenset[str | None]


@dataclass(frozen=True, slots=True)
class Checkout:
    """One buyer's checkout. `twice`: the buyer clicks twice at the same moment."""

    checkout_id: str
    plot: Plot
    means: Means
    currency: str
    parts: tuple[Part, ...]
    twice: bool

    @property
    def amount(self) -> int:
        """What the buyer is to pay."""
        return sum(part.amount for part in self.parts)

    @property
    def captured(self) -> int:
        """What the buyer must have paid in the end."""
        return sum(part.captured for part in self.parts)

    @property
    def faults(self) -> Iterator[tuple[Fault, Part]]:
        """Every fault of the story with the order it is aimed at."""
        for fault in self.plot.faults:
            yield fault, self.parts[fault.order]

    def body(self, token: str) -> dict[str, object]:
        """What the checkout page sends."""
        return {
            "checkout_id": self.checkout_id,
            "user_info": {"user_id": f"{self.checkout_id}-buyer", "country": "NL"},
            "payment_details": {"method": self.means.method, "psp_token": token},
            "currency": self.currency,
            "orders": [
                {"order_id": part.order_id, "seller_id": part.seller_id, "amount": part.amount}
                for part in self.parts
            ],
            "on_partial_failure": self.plot.policy,
            "capture": self.plot.capture,
        }


def cast(run: str) -> tuple[Checkout, ...]:
    """Every checkout of a run, those that take longest first; `run` makes their ids its own."""
    chance = random.Random(run)
    roles = [(plot, plot.means, plot.sellers, CURRENCIES[n % 4]) for n, plot in enumerate(PLOTS)]
    for number in range(_ROUNDS):
        for place, means in enumerate(Means):
            for step, currency in enumerate(CURRENCIES):
                roles.append((PLAIN, means, 1 + (number + place + step) % 5, currency))
    return tuple(
        _checkout(f"{run}-{number:02d}", run, role, number % _TWICE_EVERY == 0, chance)
        for number, role in enumerate(roles, start=1)
    )


def sellers_of(checkouts: tuple[Checkout, ...]) -> list[str]:
    """Every seller that takes part, in order."""
    return sorted({part.seller_id for checkout in checkouts for part in checkout.parts})


def _checkout(
    checkout_id: str,
    run: str,
    role: tuple[Plot, Means, int, str],
    twice: bool,
    chance: random.Random,
) -> Checkout:
    plot, means, count, currency = role
    sellers = chance.sample(range(1, SELLERS + 1), count)
    parts = tuple(
        _part(plot, f"{checkout_id}-{place + 1}", f"{run}-s{seller:02d}", place, count, amount)
        for place, (seller, amount) in enumerate(
            (seller, chance.randint(*_AMOUNTS[currency])) for seller in sellers
        )
    )
    return Checkout(checkout_id, plot, means, currency, parts, twice)


def _part(plot: Plot, order_id: str, seller_id: str, place: int, count: int, amount: int) -> Part:
    ending = plot.last if plot.last is not None and place == count - 1 else plot.ending
    # The operator captures two thirds of the first order and all of the others.
    by_hand = amount * 2 // 3 if place == 0 else amount
    capture = by_hand if plot.capture == "manual" else None
    if capture is not None and capture < amount:
        ending = ending.partly()
    captured = (capture or amount) if ending.took_money else 0
    return Part(order_id, seller_id, amount, capture, ending.orders, captured, ending.failures)
