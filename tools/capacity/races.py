"""How often a conditional write meets another one: places where two may write one row.

A wallet has one writer, its FIFO group. An order may be written by the PSP's answer and by its
webhook, a payment by the news of several of its orders, at about the same time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from tools.capacity.chance import lognormal_quantiles
from tools.capacity.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Race:
    """Writers who met: `conflicts` of `writes` that were tried."""

    place: str
    writes: int
    conflicts: int

    @property
    def rate(self) -> float:
        """Share of the writes that were refused and done again."""
        return self.conflicts / self.writes


def races(given: Parameters, seed: int, tries: int = 40_000) -> tuple[Race, ...]:
    """The two races of a sale, by chance."""
    return (_answer_and_webhook(given, seed, tries), _orders_of_a_payment(given, seed, tries))


def _answer_and_webhook(given: Parameters, seed: int, tries: int) -> Race:
    """The webhook is first when it overtakes the answer: then the answer's commit is refused."""
    chance, psp = random.Random(f"{seed}|webhook"), given.raw["psp"]
    after = lognormal_quantiles(float(psp["webhook_after_ms"]), float(psp["webhook_sigma"]), 1_000)
    road, window = float(given.raw["road_ms"]), float(given.raw["race_ms"])
    met = sum(chance.choice(after) + road * chance.random() < window for _ in range(tries))
    return Race("order: the PSP's answer and its webhook", tries, met)


def _orders_of_a_payment(given: Parameters, seed: int, tries: int) -> Race:
    """News of two orders of one payment, each read and written within the window."""
    chance, psp = random.Random(f"{seed}|fold"), given.raw["psp"]
    answers = lognormal_quantiles(float(psp["median_ms"]), float(psp["sigma"]), 1_000)
    road, window = float(given.raw["road_ms"]), float(given.raw["race_ms"])
    met = 0
    for _ in range(tries):
        if chance.random() >= given.multi_order_share:
            continue
        first = chance.choice(answers) + road * chance.random()
        second = chance.choice(answers) + road * chance.random()
        met += abs(first - second) < window
    return Race("payment: the news of two of its orders", tries, met)
