"""The histories of a flow: one without faults tells its calls, then each fails in each way."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from tests.simulation.faults import MISREADS, Call, Mode, Plan, Strike
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


def strikes(calls: Sequence[Call], modes: Collection[Mode] = MODES) -> Iterator[Strike]:
    """Every way in which one of these calls can go wrong that differs from the others.

    A sweep asks all shards of all due-indexes in a row. Nothing happens between two of these
    questions, so a process dies at the first or at the last; each of them can be misread.
    """
    for place, call in enumerate(calls):
        around = calls[max(0, place - 1) : place + 2]
        amid = len(around) == 3 and all(other.operation == "Query" for other in around)
        for mode in call.modes:
            if mode in modes and (mode in MISREADS or not amid):
                yield Strike(call.number, mode)


def some_strikes(calls: Sequence[Call], seed: int, calls_max: int) -> Iterator[Strike]:
    """One way for one call, another for the next, in turn; few enough to make so many calls.

    Another seed gives each call another way.
    """
    ways: dict[int, list[Strike]] = {}
    for strike in strikes(calls):
        ways.setdefault(strike.k, []).append(strike)
    step = -(-len(ways) * len(calls) // calls_max)
    for place, k in enumerate(sorted(ways)[seed % step :: step]):
        yield ways[k][(place + seed) % len(ways[k])]
