"""What there is to play, cut into tasks, and its carrying out by several workers.

Flows differ much in length, so each is cut into tasks of a few seconds, and a worker that is done
takes the next one whosever it is.
"""

from __future__ import annotations

import itertools
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from typing import TypeVar

from tests.simulation.branches import saved
from tests.simulation.explore import strikes
from tests.simulation.faults import Call, Plan
from tests.simulation.journal import Journal
from tests.simulation.random_market import CALLS as MARKET_CALLS
from tests.simulation.tasks import (
    SECONDS_OF_A_PAIR,
    Drawn,
    Found,
    Listed,
    Markets,
    Pairs,
    Smaller,
    Task,
)

TASK_CALLS = 2_000
"""About how many calls a task makes: a few seconds."""
SHORT = 15
"""Flows of so many calls are played with every pair of faults, longer ones with some."""
FIRSTS, FIRSTS_CALLS = 20, 2_000
"""Of how many first faults pairs are sampled: so many, or fewer where a flow is that long."""
SHRUNK_MAX = 12
"""How many failures are made smaller: the first of each flow and invariant."""
SHRINKABLE = ("singles", "pairs", "markets", "random")

T = TypeVar("T")

Calls = Mapping[str, Sequence[Call]]
"""The calls of every flow's history without faults."""


def singles(calls: Calls, seed: int = 0, few: int | None = None) -> list[Task]:
    """Every history with one fault, and the one without, in an order of chance.

    So what is counted at any moment is of all flows, and says how long the rest will take. With
    `few` only so many of each flow, drawn from the seed.
    """
    found: list[Task] = []
    for flow, made in calls.items():
        plans = [Plan(flow), *(Plan(flow, (strike,)) for strike in strikes(made))]
        if few is not None:
            plans = random.Random(f"{seed} {flow}").sample(plans, min(few, len(plans)))
        found += _of_one_trunk(flow, plans, len(made))
    random.Random(seed).shuffle(found)
    return found


def _of_one_trunk(flow: str, plans: Sequence[Plan], calls: int) -> Iterator[Task]:
    """Tasks of a flow's single faults, each with some of every stretch of it.

    A task begins with a history of its own from which the others fork, so it is twenty times as
    much at least.
    """
    work = sum(calls - saved(plan) for plan in plans)
    many = max(1, round(work / max(TASK_CALLS, 20 * calls)))
    for first in range(many):
        yield Listed("singles", flow, tuple(plans[first::many]), work // many)


def pairs(calls: Calls, seed: int, few: int | None = None) -> list[Task]:
    """Histories with two faults: all of a short flow's, some of a long one's."""
    found: list[Task] = []
    for flow, made in calls.items():
        firsts = list(strikes(made))
        if len(made) <= SHORT and few is None:
            behind = len(firsts) // 2
            for some in _cut(firsts, max(1, TASK_CALLS // (behind * len(made)))):
                found.append(Pairs(flow, some, len(made) * len(some) * behind))
            continue
        wanted = few or max(3, min(FIRSTS, FIRSTS_CALLS // len(made)))
        drawn = random.Random(f"{seed} {flow}").sample(firsts, min(wanted, len(firsts)))
        each = len(made) * SECONDS_OF_A_PAIR
        for some in _cut(drawn, max(1, TASK_CALLS // each)):
            found.append(Pairs(flow, some, each * len(some), seed))
    random.Random(seed).shuffle(found)
    return found


def rounds(calls: Calls, seed: int, each_calls: int = TASK_CALLS) -> Iterator[list[Task]]:
    """Random histories without end: a round has about as many calls of every flow."""
    for number in itertools.count():
        yield [
            Drawn(flow, _seeds(seed, number, max(1, each_calls // len(made))), len(made))
            for flow, made in calls.items()
        ]


def markets(seed: int, many: int) -> list[Task]:
    """So many random markets, by their seeds from this one on."""
    seeds = range(max(1, seed), max(1, seed) + many)
    return [Markets(some) for some in _cut(seeds, max(1, TASK_CALLS // MARKET_CALLS))]


def _seeds(first: int, number: int, many: int) -> tuple[int, ...]:
    """A round's seeds. 0 is none: with it nothing is left to chance."""
    begins = max(1, first) + number * many
    return tuple(range(begins, begins + many))


def _cut(whole: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    for begin in range(0, len(whole), size):
        yield tuple(whole[begin : begin + size])


@dataclass(slots=True)
class Crew:
    """Workers that take one task after the other; `play` is what each of them calls.

    What a run before this one has kept is not played again. `heard` is told of all that was found.
    Once it is `stopped` no other task is begun.
    """

    pool: Executor
    workers: int
    play: Callable[[Task], Found]
    heard: Callable[[Found], None]
    journal: Journal
    stopped: bool = False
    _shrunk: set[tuple[str, str]] = field(default_factory=set)
    _next: deque[Task] = field(default_factory=deque)

    def carry_out(self, tasks: Iterable[Task], enough: Callable[[], bool] = lambda: False) -> None:
        """Play tasks until there are none, or it is enough, or it was stopped."""
        waiting, running = iter(tasks), dict[Future[Found], Task]()
        while True:
            while len(running) <= self.workers and (task := self._taken(waiting, enough)):
                kept = self.journal.find(task)
                if kept is not None:
                    self._hear(kept)
                    continue
                running[self.pool.submit(self.play, task)] = task
            if not running:
                return
            self._harvest(running)

    def _taken(self, waiting: Iterator[Task], enough: Callable[[], bool]) -> Task | None:
        if self.stopped:
            return None
        if self._next:
            return self._next.popleft()
        return None if enough() else next(waiting, None)

    def _harvest(self, running: dict[Future[Found], Task]) -> None:
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            found = future.result()
            self.journal.keep(running.pop(future), found)
            self._hear(found)

    def _hear(self, found: Found) -> None:
        self._next += self._worth_shrinking(found)
        self.heard(found)

    def _worth_shrinking(self, found: Found) -> Iterator[Task]:
        for failure in found.failures:
            key = found.subject, failure.invariant
            if key in self._shrunk or len(self._shrunk) >= SHRUNK_MAX:
                continue
            if found.part in SHRINKABLE and failure.invariant != "determinism":
                self._shrunk.add(key)
                yield Smaller(failure, found.part)


@dataclass(frozen=True, slots=True)
class Until:
    """When random histories have been played for long enough: by faulted calls, or by the clock.

    `faulted` says how many calls there are so far, `passed` how many seconds they took.
    """

    faulted: Callable[[], int]
    passed: Callable[[], float]
    calls: int = 0
    seconds: float | None = None

    def __call__(self) -> bool:
        """Whether it is enough."""
        if self.seconds is not None:
            return self.passed() >= self.seconds
        return self.faulted() >= self.calls
