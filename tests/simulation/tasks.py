"""What a worker plays at a time: a few seconds' histories of one flow, so that two end together."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from countinghouse.domain.instants import MINUTE
from tests.simulation.bug import Caught
from tests.simulation.drawn import play_drawn
from tests.simulation.explore import calls_of, play, strikes
from tests.simulation.faults import Broken, Call, Plan, Strike
from tests.simulation.flows import FLOWS
from tests.simulation.liveness import rest_max_ms
from tests.simulation.machine import Machine
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

    `calls` are a fault-free history's, `caught` a planted bug's end.
    """

    part: str
    subject: str
    tally: Tally = field(default_factory=Tally)
    failures: list[Failure] = field(default_factory=list)
    calls: tuple[Call, ...] = ()
    caught: Caught | None = None
    shrunk: Failure | None = None
    work: int = 0


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


def _checked(machine: Machine, plan: Plan, found: Found) -> World | None:
    """One history, counted; None when it failed, which is noted."""
    try:
        world = play(machine, plan)
    except Broken as broken:
        found.tally.histories += 1
        found.failures.append(Failure(broken.plan, tuple(broken.problems)))
        return None
    except Exception as error:  # noqa: BLE001 - it stops one history and not the run
        found.tally.histories += 1
        found.failures.append(_crash(plan, error))
        return None
    found.tally.count(world)
    return world


def _crash(plan: Plan, error: Exception) -> Failure:
    """What stands for a history that ended in an error nobody expected."""
    return Failure(str(plan), (f"{type(error).__name__}: {error}",))


def _played_again(machine: Machine, world: World, found: Found) -> None:
    plan = world.injector.plan
    found.tally.twice += 1
    try:
        again = play(machine, plan).injector.log_sha256
    except Broken as broken:
        again = str(broken)
    if again != world.injector.log_sha256:
        found.tally.differed += 1
        found.failures.append(Failure(str(plan), ("determinism: played twice it differs",)))


@dataclass(frozen=True, slots=True)
class Dry:
    """A flow without faults: what its calls are."""

    subject: str
    part: str = "dry"
    work: int = 0

    def play(self, machine: Machine, found: Found) -> None:
        """Play it, and note its calls."""
        if world := _checked(machine, Plan(self.subject), found):
            found.calls = tuple(world.injector.calls)


@dataclass(frozen=True, slots=True)
class Listed:
    """Histories that are known one by one."""

    part: str
    subject: str
    plans: tuple[Plan, ...]
    work: int

    def play(self, machine: Machine, found: Found) -> None:
        """Play each, one in fifty twice, and look how soon it came to rest."""
        for plan in self.plans:
            world = _checked(machine, plan, found)
            if world is None:
                continue
            if world.rest_ms >= rest_max_ms(plan.flow):
                late = f"I14: at rest after {world.rest_ms // MINUTE} minutes only"
                found.failures.append(Failure(str(plan), (late,)))
            if zlib.crc32(str(plan).encode()) % AGAIN == 0:
                _played_again(machine, world, found)


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
            for plan in self._behind(machine, first):
                _checked(machine, plan, found)

    def _behind(self, machine: Machine, first: Strike) -> Iterator[Plan]:
        try:
            calls = calls_of(machine, Plan(self.subject, (first,)))
        except Broken:
            return  # Found by the single faults.
        seconds = [strike for strike in strikes(calls) if strike.k > first.k]
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
            try:
                world = play_drawn(machine, self.subject, seed, self.calls)
            except Broken as broken:
                found.tally.histories += 1
                found.failures.append(Failure(broken.plan, tuple(broken.problems)))
                continue
            except Exception as error:  # noqa: BLE001 - it stops one history and not the run
                found.tally.histories += 1
                found.failures.append(_crash(Plan(self.subject, (), seed), error))
                continue
            found.tally.count(world)
            if seed == self.seeds[0]:
                _played_again(machine, world, found)


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
        try:
            world.run()
        except Broken as broken:
            return world.injector.calls, broken.problems
        except Exception as error:  # noqa: BLE001 - such a history is shrunk as any other
            return world.injector.calls, [*_crash(plan, error).problems]
        return world.injector.calls, []

    return tried
