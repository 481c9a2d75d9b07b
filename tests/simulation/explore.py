"""Every history of a flow: a dry run counts its calls, then each one fails in each way."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tests.simulation.faults import Broken, Call, Mode, Plan, Strike
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine
from tests.simulation.world import World

MODES = tuple(Mode)


def play(machine: Machine, plan: Plan) -> World:
    """One history, checked. Raises Broken."""
    world = World(machine, FLOWS[plan.flow], plan)
    world.run()
    return world


def calls_of(machine: Machine, plan: Plan) -> list[Call]:
    """The calls that a history makes."""
    return play(machine, plan).injector.calls


def plans(
    machine: Machine, flow: str, modes: Collection[Mode] = MODES, seed: int = 0
) -> Iterator[Plan]:
    """The fault-free history of a flow, and every history of it with one fault."""
    dry = Plan(flow, (), seed)
    yield dry
    for strike in strikes(calls_of(machine, dry), modes):
        yield Plan(flow, (strike,), seed)


def strikes(calls: Sequence[Call], modes: Collection[Mode] = MODES) -> Iterator[Strike]:
    """Every way in which one of these calls can go wrong that differs from the others.

    A sweep asks all shards of all due-indexes in a row. Nothing happens between two of these
    questions, so a process dies at the first or at the last; each of them can be shown too little.
    """
    for place, call in enumerate(calls):
        around = calls[max(0, place - 1) : place + 2]
        amid = len(around) == 3 and all(other.operation == "Query" for other in around)
        for mode in (Mode.PARTIAL,) if amid else call.modes:
            if mode in modes:
                yield Strike(call.number, mode)


def first_catch(machine: Machine, flow: str, mode: Mode, breaks: str) -> Broken | None:
    """The first history with this kind of fault that breaks the invariant; None when none does.

    The fault-free history counts too: the code may be so wrong that it needs no fault.
    """
    dry = World(machine, FLOWS[flow], Plan(flow))
    with contextlib.suppress(Broken):
        dry.run()
    struck = strikes(dry.injector.calls, (mode,))
    for plan in (Plan(flow), *(Plan(flow, (strike,)) for strike in struck)):
        try:
            play(machine, plan)
        except Broken as broken:
            if any(problem.startswith(f"{breaks}:") for problem in broken.problems):
                return broken
    return None


def random_plan(machine: Machine, flow: str, seed: int) -> Plan:
    """A history with a few faults and an order of deliveries, all drawn from the seed."""
    chance = random.Random(seed)
    plan = Plan(flow, (), seed)
    for _ in range(chance.randint(2, 4)):
        calls = calls_of(machine, plan)
        after = plan.strikes[-1].k if plan.strikes else -1
        left = [call for call in calls if call.number > after]
        if not left:
            break
        call = chance.choice(left)
        plan = Plan(flow, (*plan.strikes, Strike(call.number, chance.choice(call.modes))), seed)
    return plan


@dataclass(frozen=True, slots=True)
class Explored:
    """How many histories were played, with how many calls, and the longest in virtual time."""

    histories: int
    calls: int
    rest_ms_max: int


def explore(
    machine: Machine, flow: str, modes: Collection[Mode] = MODES, seed: int = 0
) -> Explored:
    """Play every history of a flow. Raises Broken at the first that violates an invariant."""
    histories = calls = rest_ms_max = 0
    for plan in plans(machine, flow, modes, seed):
        world = play(machine, plan)
        histories += 1
        calls += len(world.injector.calls)
        rest_ms_max = max(rest_ms_max, world.rest_ms)
    return Explored(histories, calls, rest_ms_max)
