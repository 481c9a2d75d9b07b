"""What a worker plays at a time: a few seconds' histories of one flow, so that two end together."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from countinghouse.domain.instants import MINUTE
from tests.simulation.branches import Ended, branched, ended
from tests.simulation.bug import Caught
from tests.simulation.drawn import drawn
from tests.simulation.explore import strikes
from tests.simulation.faults import Call, Plan, Strike
from tests.simulation.flows import FLOWS
from tests.simulation.liveness import rest_max_ms
from tests.simulation.machine import Machine
from tests.simulation.random_market import CALLS, PREFIX, random_market
from tests.simulation.shrink import Tried, smallest
from tests.simulation.tally import Failure, Tally
from tests.simulation.world import World
from tests.simulation.zoo import ZOO, hunt

AGAIN = 50
"""One history in so many is played twice, and must make the same calls."""
SECONDS_OF_A_PAIR = 5
"""How many pairs are played of each first fault where they are sampled."""


@dataclass(slots=True)
class Found:
    """What a task found, of so much `work`.

    `calls` are a fault-free history's, `caught` a planted bug's end. It was found on that `day` by
    so many `workers`, so many `seconds` after what they found before; if `is_kept`, in an earlier
    run.
    """

    part: str
    subject: str
    tally: Tally = field(default_factory=Tally)
    failures: list[Failure] = field(default_factory=list)
    calls: tuple[Call, ...] = ()
    caught: Caught | None = None
    shrunk: Failure | None = None
    work: int = 0
    seconds: float = 0.0
    day: str = ""
    workers: int = 1
    is_kept: bool = False

    def note(self, end: Ended) -> bool:
        """Add a history that was played; whether nothing was wrong with it."""
        self.tally.add(end.tally)
        self.failures += filter(None, [end.failure])
        return end.failure is None


class Task(Protocol):
    """Something to play. `work` is about how many calls it takes."""

    @property
    def part(self) -> str:
        """Which part of the run it belongs to."""
        ...

    @property
    def subject(self) -> str:
        """The flow, or the bug."""
        ...

    @property
    def work(self) -> int:
        """About how many calls it takes."""
        ...

    def play(self, machine: Machine, found: Found) -> None:
        """Play it, and note what came of it."""
        ...


def carried_out(machine: Machine, task: Task) -> Found:
    """What a task found."""
    found = Found(task.part, task.subject, work=task.work)
    task.play(machine, found)
    return found


def _played_again(machine: Machine, end: Ended, found: Found) -> None:
    """Play a history once more, from its beginning: it must make the same calls."""
    found.tally.twice += 1
    again = ended(World(machine, FLOWS[end.plan.flow], end.plan))
    if again.log_sha256 != end.log_sha256:
        found.tally.differed += 1
        found.failures.append(Failure(str(end.plan), ("determinism: played twice it differs",)))


@dataclass(frozen=True, slots=True)
class Dry:
    """A flow without faults: what its calls are."""

    subject: str
    part: str = "dry"
    work: int = 0

    def play(self, machine: Machine, found: Found) -> None:
        """Play it, and note its calls."""
        world = World(machine, FLOWS[self.subject], Plan(self.subject))
        if found.note(ended(world)):
            found.calls = tuple(world.injector.calls)


@dataclass(frozen=True, slots=True)
class Listed:
    """Histories that are known one by one, with one fault or none."""

    part: str
    subject: str
    plans: tuple[Plan, ...]
    work: int

    def play(self, machine: Machine, found: Found) -> None:
        """Play each, one in fifty twice, and look how soon it came to rest."""
        trunk = Plan(self.subject)
        ends = [ended(World(machine, FLOWS[self.subject], trunk))] if trunk in self.plans else []
        ends += branched(machine, trunk, [plan for plan in self.plans if plan.strikes])
        for end in ends:
            if not found.note(end):
                continue
            if end.tally.rest_ms >= rest_max_ms(self.subject):
                late = f"I14: at rest after {end.tally.rest_ms // MINUTE} minutes only"
                found.failures.append(Failure(str(end.plan), (late,)))
            if zlib.crc32(str(end.plan).encode()) % AGAIN == 0:
                _played_again(machine, end, found)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Histories with two faults: every second fault behind each of these first ones.

    With a seed only a few of them, drawn from it.
    """

    subject: str
    firsts: tuple[Strike, ...]
    work: int
    seed: int | None = None
    part: str = "pairs"

    def play(self, machine: Machine, found: Found) -> None:
        """Play each."""
        for first in self.firsts:
            behind = [*self.behind(machine, first)]
            for end in branched(machine, Plan(self.subject, (first,)), behind):
                found.note(end)

    def behind(self, machine: Machine, first: Strike) -> Iterator[Plan]:
        """The plans with that first fault."""
        alone = World(machine, FLOWS[self.subject], Plan(self.subject, (first,)))
        alone.injector.marks_idle = True
        if ended(alone).failure is not None:
            return  # Found by the single faults.
        seconds = [one for one in strikes(alone.injector.calls) if one.k > first.k]
        if self.seed is not None:
            chance = random.Random(f"{self.seed} {self.subject} {first}")
            seconds = chance.sample(seconds, min(SECONDS_OF_A_PAIR, len(seconds)))
        for second in seconds:
            yield Plan(self.subject, (first, second))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Random histories with these seeds, of a flow of so many calls."""

    subject: str
    seeds: tuple[int, ...]
    calls: int
    part: str = "random"

    @property
    def work(self) -> int:
        """About how many calls it takes."""
        return self.calls * len(self.seeds)

    def play(self, machine: Machine, found: Found) -> None:
        """Play each, and the first of them twice."""
        for seed in self.seeds:
            end = ended(drawn(machine, self.subject, seed, self.calls))
            if found.note(end) and seed == self.seeds[0]:
                _played_again(machine, end, found)


@dataclass(frozen=True, slots=True)
class Markets:
    """Random markets with these seeds."""

    seeds: tuple[int, ...]
    subject: str = PREFIX
    part: str = "markets"

    @property
    def work(self) -> int:
        """About how many calls it takes."""
        return CALLS * len(self.seeds)

    def play(self, machine: Machine, found: Found) -> None:
        """Play each, and the first of them twice."""
        for seed in self.seeds:
            end = ended(random_market(machine, seed))
            if found.note(end) and seed == self.seeds[0]:
                _played_again(machine, end, found)


@dataclass(frozen=True, slots=True)
class Planted:
    """A planted bug, to be caught."""

    subject: str
    part: str = "zoo"
    work: int = 1

    def play(self, machine: Machine, found: Found) -> None:
        """Look for it."""
        found.caught = hunt(machine, ZOO[self.subject])
        found.tally.histories = found.caught.tried if found.caught else 0


@dataclass(frozen=True, slots=True)
class Smaller:
    """A failure, to be made as small as it goes."""

    failure: Failure
    part: str
    work: int = 0

    @property
    def subject(self) -> str:
        """The flow."""
        return self.failure.history.flow

    def play(self, machine: Machine, found: Found) -> None:
        """Shrink it."""
        plan = smallest(self.failure.history, self.failure.invariant, tried_by(machine))
        found.shrunk = self.failure.shrunk_to(plan)


def tried_by(machine: Machine) -> Tried:
    """What plays a plan for `smallest`."""

    def tried(plan: Plan) -> tuple[list[Call], list[str]]:
        world = World(machine, FLOWS[plan.flow], plan)
        failure = ended(world).failure
        return world.injector.calls, [*failure.problems] if failure else []

    return tried
