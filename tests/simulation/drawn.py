"""Random histories: which calls fail, and how, is drawn while the history is played.

Swarm-style: each seed enables only some of the ways to fail, so that rare mixes come up. What was
drawn is a plan as any other, and replays exactly.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.simulation.explore import calls_of
from tests.simulation.faults import OF_EVERY_CALL, Call, Mode, Plan
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine
from tests.simulation.world import World

FAULTS_MIN, FAULTS_MAX = 2, 6
_LONGER = 1.3
"""By how much a history with faults is taken to be longer than the one without."""


@dataclass(slots=True)
class Dice:
    """Draws the faults of one history: so many, at calls and in ways of chance."""

    seed: int
    calls: int
    modes: frozenset[Mode] = field(init=False)
    _at: list[int] = field(init=False)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        chance = self._chance = random.Random(self.seed)
        every = tuple(Mode)
        self.modes = frozenset(chance.sample(every, chance.randint(2, len(every))))
        reach = max(FAULTS_MAX, int(self.calls * _LONGER))
        self._at = sorted(chance.sample(range(reach), chance.randint(FAULTS_MIN, FAULTS_MAX)))

    def __call__(self, call: Call, idle: Callable[[], frozenset[Mode]]) -> Mode | None:
        """How this call goes wrong, if it does. One that cannot hands its fault to the next."""
        if not self._at or call.number < self._at[0]:
            return None
        able = [mode for mode in replace(call, idle=idle()).modes if mode in self.modes]
        if not able:
            return None
        del self._at[0]
        # Every second time one of the ways that few calls have: they would hardly come up.
        seldom = [mode for mode in able if mode not in OF_EVERY_CALL]
        return self._chance.choice(self._chance.choice((able, seldom or able)))


def drawn(machine: Machine, flow: str, seed: int, calls: int) -> World:
    """The world of one random history of a flow that makes so many calls without faults.

    `run` plays it; its injector has then the plan.
    """
    world = World(machine, FLOWS[flow], Plan(flow, (), seed))
    world.injector.draw = Dice(seed, calls)
    return world


def play_drawn(machine: Machine, flow: str, seed: int, calls: int = 0) -> World:
    """The same, played; its calls are counted when 0. Raises Broken."""
    world = drawn(machine, flow, seed, calls or len(calls_of(machine, Plan(flow))))
    world.run()
    return world
