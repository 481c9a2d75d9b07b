"""Transactions on one item: DynamoDB cancels whoever comes while another is under way.

The model of the shared performance figures: an item is taken for eight milliseconds, and whoever
was cancelled comes again after full jitter, eight times at most. The first wait there is not told;
20 ms reproduces all their figures.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass

from tools.capacity.measures import Spread


@dataclass(frozen=True, slots=True)
class Contest:
    """How long an item is taken, and how the cancelled come again. Seconds."""

    lock_s: float
    base_s: float
    tries: int


@dataclass(frozen=True, slots=True)
class Contested:
    """What came of `begun` transactions."""

    begun: int
    done: int
    attempts: int
    p99_s: float

    @property
    def done_share(self) -> float:
        """Share that got through within their tries."""
        return self.done / self.begun

    @property
    def attempts_each(self) -> float:
        """Attempts a transaction."""
        return self.attempts / self.begun

    @property
    def conflict_rate(self) -> float:
        """Share of all attempts that were cancelled."""
        return 1.0 - self.done / self.attempts


def contend(rate: float, contest: Contest, count: int, seed: int, items: int = 1) -> Contested:
    """Let `count` transactions come at `rate` a second to `items` that are equally in demand."""
    chance, came = random.Random(f"{seed}|contest"), 0.0
    wanted = [chance.randrange(items) for _ in range(count)]
    coming: list[tuple[float, int, int, float]] = []
    for number in range(count):
        came += chance.expovariate(rate)
        coming.append((came, number, 1, came))
    heapq.heapify(coming)
    taken_until, attempts, took = [0.0] * items, 0, Spread()
    while coming:
        now, number, tried, first = heapq.heappop(coming)
        attempts += 1
        item = wanted[number]
        if now >= taken_until[item]:
            taken_until[item] = now + contest.lock_s
            took.add(now + contest.lock_s - first)
        elif tried < contest.tries:
            wait = chance.random() * contest.base_s * 2 ** (tried - 1)
            heapq.heappush(coming, (now + wait, number, tried + 1, first))
    return Contested(count, int(took.count), attempts, took.percentile(0.99))
