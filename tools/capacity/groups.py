"""A FIFO group: one batch at a time, so a wallet has one writer and its pace has a ceiling.

While a batch is being handled nobody gets the group's next messages; then up to ten of those that
wait go together. A message is a posting; a batch is one transaction on the wallet.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.capacity.measures import Spread


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a batch takes: `turn_s` between two, `fixed_s` for its calls, `each_s` a posting."""

    turn_s: float
    fixed_s: float
    each_s: float
    batch: int

    @property
    def ceiling(self) -> float:
        """Postings a second of one group that is never empty."""
        return self.batch / (self.turn_s + self.fixed_s + self.each_s * self.batch)


def pace(raw: Mapping[str, Any]) -> Pace:
    """The pace that the parameters give."""
    thousandth = 1_000.0
    return Pace(
        float(raw["turn_ms"]) / thousandth,
        float(raw["fixed_ms"]) / thousandth,
        float(raw["each_ms"]) / thousandth,
        int(raw["max_batch"]),
    )


@dataclass(slots=True)
class Posted:
    """What a group's run showed."""

    arrived: int = 0
    served: int = 0
    waiting: int = 0
    batches: int = 0
    busy_s: float = 0.0
    seconds: float = 0.0
    ages: Spread = field(default_factory=Spread)

    @property
    def utilisation(self) -> float:
        """Share of the time that a batch of the group was under way."""
        return min(1.0, self.busy_s / self.seconds)

    @property
    def group_size(self) -> float:
        """Postings a transaction."""
        return self.served / self.batches if self.batches else 1.0

    @property
    def batches_per_s(self) -> float:
        """Transactions a second on the group's wallet."""
        return self.batches / self.seconds


def batches(
    arrivals: Iterable[float], paced: Pace, lasts: Callable[[int], float]
) -> Iterator[tuple[float, list[float], float]]:
    """Each batch of one group: when it starts, when its messages came, how long it lasts.

    `arrivals` are in order; `lasts` tells the seconds of a batch of so many.
    """
    coming = iter(arrivals)
    came, line, free_at = next(coming, math.inf), deque[float](), 0.0
    while line or came < math.inf:
        starts = max(free_at, line[0] if line else came)
        while came <= starts:
            line.append(came)
            came = next(coming, math.inf)
        batch = [line.popleft() for _ in range(min(paced.batch, len(line)))]
        took = lasts(len(batch))
        yield starts, batch, took
        free_at = starts + took + paced.turn_s


def run_group(rate: float, paced: Pace, seconds: float, seed: int) -> Posted:
    """Postings of one group, `rate` a second, event by event."""
    chance, found = random.Random(f"{seed}|group"), Posted(seconds=seconds)

    def arrivals() -> Iterator[float]:
        came = chance.expovariate(rate)
        while came < seconds:
            found.arrived += 1
            yield came
            came += chance.expovariate(rate)

    def lasts(size: int) -> float:
        return (paced.fixed_s + paced.each_s * size) * chance.uniform(0.8, 1.2)

    for starts, batch, took in batches(arrivals(), paced, lasts):
        if starts >= seconds:
            break
        for came in batch:
            found.ages.add(starts - came)
        found.served, found.batches = found.served + len(batch), found.batches + 1
        found.busy_s += took + paced.turn_s
    found.waiting = found.arrived - found.served
    return found
