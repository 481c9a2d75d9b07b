"""A queue with its consumers, in steps of time: arrivals, pollers, batches, ages.

Messages that came in one step of time are one cohort, so that ages are exact to a step at any
rate. What comes in is served, waits or is under way: nothing is lost, and `Ran` counts it all.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tools.capacity.chance import poisson, slowest_of, spread_over
from tools.capacity.measures import Spread

STEP_MAX_S = 0.05
STEP_MIN_S = 0.005


@dataclass(frozen=True, slots=True)
class Station:
    """A consumer: `concurrency(t)` invocations at once, each of up to `batch` messages.

    `durations` are equally likely seconds of handling one message; a batch takes the slowest of
    `workers` at once, as often as it takes to handle all. Free pollers share what waits.
    """

    name: str
    batch: int
    workers: int
    durations: Sequence[float]
    concurrency: Callable[[float], float]
    # Whether what finds no room waits; a caller over HTTP is turned away, and may come again.
    waits: bool = True

    @property
    def step_s(self) -> float:
        """Seconds of a step: a third of the shortest message, within bounds."""
        return min(STEP_MAX_S, max(STEP_MIN_S, min(self.durations) / 3.0))


@dataclass(slots=True)
class Ran:
    """What a station's run showed; counts are of messages, `busy_s` of invocations' seconds."""

    arrived: int = 0
    served: int = 0
    waiting: int = 0
    under_way: int = 0
    refused: int = 0
    invocations: int = 0
    busy_s: float = 0.0
    room_s: float = 0.0
    waiting_s: float = 0.0
    ages: Spread = field(default_factory=Spread)
    series: list[tuple[float, int, float]] = field(default_factory=list)

    @property
    def utilisation(self) -> float:
        """Share of the concurrency that was busy."""
        return self.busy_s / self.room_s if self.room_s else 0.0

    @property
    def mean_batch(self) -> float:
        """Messages an invocation."""
        return (self.served + self.under_way) / self.invocations if self.invocations else 0.0


def run(
    station: Station, rate: Callable[[float], float], seconds: float, seed: int, warm_s: float = 0.0
) -> Ran:
    """Let messages come at `rate(t)` for so long; ages are counted from `warm_s` on."""
    chance, ran = random.Random(f"{seed}|{station.name}"), Ran()
    line, step_s = _Line(station, chance), station.step_s
    for number in range(round(seconds / step_s)):
        now = number * step_s
        line.finish(number, ran)
        came = poisson(chance, rate(now) * step_s)
        ran.arrived += came
        if came:
            line.queue.append((now, came))
            line.waiting += came
        line.start(number, ran, counted=now >= warm_s)
        if not station.waits:
            ran.refused += line.turn_away()
        ran.busy_s += line.busy * step_s
        ran.room_s += station.concurrency(now) * step_s
        ran.waiting_s += line.waiting * step_s
        oldest = now - line.queue[0][0] if line.queue else 0.0
        if now >= len(ran.series):
            ran.series.append((now, line.waiting, oldest))
    ran.waiting, ran.under_way = line.waiting, line.under_way
    return ran


class _Line:
    """What waits and what is under way."""

    def __init__(self, station: Station, chance: random.Random) -> None:
        self.station, self._chance = station, chance
        self.queue: deque[tuple[float, int]] = deque()
        self.waiting = self.busy = self.under_way = 0
        self._ends: dict[int, list[tuple[int, int]]] = {}
        self._slow: dict[int, tuple[float, ...]] = {}

    def finish(self, number: int, ran: Ran) -> None:
        for invocations, messages in self._ends.pop(number, ()):
            self.busy -= invocations
            self.under_way -= messages
            ran.served += messages

    def start(self, number: int, ran: Ran, *, counted: bool) -> None:
        now = number * self.station.step_s
        free = int(self.station.concurrency(now)) - self.busy
        if free <= 0 or not self.waiting:
            return
        size = self._batch(free)
        invocations = min(free, -(-self.waiting // size))
        taken = min(self.waiting, invocations * size)
        self._take(taken, now, ran, counted=counted)
        ran.invocations += invocations
        self.busy += invocations
        self.under_way += taken
        each, rest = divmod(taken, invocations)
        for messages, count in ((each + 1, rest), (each, invocations - rest)):
            if count and messages:
                self._send(number, messages, count)

    def turn_away(self) -> int:
        """Forget what found no room; returns how many."""
        refused, self.waiting = self.waiting, 0
        self.queue.clear()
        return refused

    def _batch(self, free: int) -> int:
        """How many a poller gathers: what waits is shared among the free ones, up to a batch."""
        return min(self.station.batch, -(-self.waiting // free))

    def _take(self, count: int, now: float, ran: Ran, *, counted: bool) -> None:
        self.waiting -= count
        while count:
            came, there = self.queue[0]
            part = min(count, there)
            if counted:
                ran.ages.add(now - came, part)
            if part == there:
                self.queue.popleft()
            else:
                self.queue[0] = (came, there - part)
            count -= part

    def _send(self, number: int, messages: int, invocations: int) -> None:
        durations = self._durations(messages)
        for seconds, count in spread_over(self._chance, invocations, durations).items():
            # Rounded up or down by chance, so that no time is won or lost.
            steps = max(1, int(seconds / self.station.step_s + self._chance.random()))
            self._ends.setdefault(number + steps, []).append((count, count * messages))

    def _durations(self, messages: int) -> tuple[float, ...]:
        if messages not in self._slow:
            rounds, beside = -(-messages // self.station.workers), self.station.workers
            slowest = slowest_of(self.station.durations, min(messages, beside))
            self._slow[messages] = tuple(second * rounds for second in slowest)
        return self._slow[messages]
