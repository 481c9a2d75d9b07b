"""Histories that begin alike, played as one: the process forks where their faults come.

The trunk is a history without these faults. When it comes to a call that one of the plans fails,
a child goes on from there with that plan, to its end, and tells how it ended; then the trunk goes
on. What each plan plays is what it plays from the beginning, call for call (`test_branches`), for
nothing of the world is outside of the process: its tables, queues and the PSP's book are in its
memory, no socket is open, and its one other thread, the emulator's that looks for expired rows,
sleeps for good and holds nothing.

A failure is replayed and shrunk from the beginning, and so is every history that is played twice.
"""

from __future__ import annotations

import gc
import os
import pickle
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from tests.simulation.faults import Broken, Call, Plan
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine
from tests.simulation.tally import Failure, Tally
from tests.simulation.world import World

FORK_COSTS = 50
"""Calls that are made in the time that a child takes longer than its parent would."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How one history ended: what it counted, what was wrong, and the hash over its calls.

    Of one with a failure no more is counted than that it was played.
    """

    plan: Plan
    tally: Tally
    failure: Failure | None = None
    log_sha256: str = ""


def ended(world: World) -> Ended:
    """Play a history to its end. An error that nobody expected stops it, and not the run."""
    failure = failure_of(world)
    plan = world.injector.plan
    if failure is not None:
        return Ended(plan, Tally(histories=1), failure)
    tally = Tally()
    tally.count(world)
    return Ended(plan, tally, None, world.injector.log_sha256)


def failure_of(world: World) -> Failure | None:
    """Play a history; what it broke, or the error that it ended in."""
    try:
        world.run()
    except Broken as broken:
        return Failure(str(world.injector.plan), tuple(broken.problems))
    except Exception as error:  # noqa: BLE001 - it stops one history and not the run
        return Failure(str(world.injector.plan), (f"{type(error).__name__}: {error}",))
    return None


def saved(plan: Plan) -> int:
    """How many calls a fork saves of a history with this plan, about; 0 where it is not worth it.

    A child first copies what it touches, which takes as long as some calls do.
    """
    return max(0, plan.strikes[-1].k - FORK_COSTS) if plan.strikes else 0


def branched(machine: Machine, trunk: Plan, plans: Sequence[Plan]) -> list[Ended]:
    """How these plans end, in no order; each has one fault more than their trunk, and later.

    One that parts early, or where the trunk does not come to, is played from the beginning, as all
    are when they would save less than the trunk takes.
    """
    tree = _Tree()
    if sum(map(saved, plans)) > max((plan.strikes[-1].k for plan in plans), default=0):
        for plan in filter(saved, plans):
            tree.waiting[plan.strikes[-1].k].append(plan)
        _grow(tree, World(machine, FLOWS[trunk.flow], trunk))
    told = {end.plan for end in tree.told}
    left = [plan for plan in plans if plan not in told]
    return tree.told + [ended(World(machine, FLOWS[plan.flow], plan)) for plan in left]


def _grow(tree: _Tree, world: World) -> None:
    """Play the trunk, and in its children what parts from it. Its own end is not theirs."""
    world.injector.fork = tree.reached
    try:
        found = ended(world)
        if tree.tells is not None:
            _tell(tree.tells, found)
    finally:
        # Whatever else ends a child, it must not go on as a second one of its parent.
        if tree.tells is not None:
            os._exit(1)


@dataclass(slots=True)
class _Tree:
    """The plans that still wait for their call, and what those that parted have told.

    In a child `tells` is where it writes to.
    """

    waiting: dict[int, list[Plan]] = field(default_factory=lambda: defaultdict(list))
    told: list[Ended] = field(default_factory=list)
    tells: int | None = None

    def reached(self, call: Call) -> Plan | None:
        """What the injector asks at each call: the plan to go on with, of a child."""
        for plan in self.waiting.pop(call.number, []):
            reads, writes = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(reads)
                # It is over before there is much garbage.
                gc.disable()
                self.tells = writes
                return plan
            os.close(writes)
            self.told.append(_heard(plan, child, reads))
        return None


def _heard(plan: Plan, child: int, reads: int) -> Ended:
    """What a child tells. One that tells nothing has failed."""
    with open(reads, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if status or not told:
        failure = Failure(str(plan), (f"a branch ended with status {status}",))
        return Ended(plan, Tally(histories=1), failure)
    # Our own bytes, written by this process's child.
    found: Ended = pickle.loads(told)  # noqa: S301
    return found


def _tell(writes: int, found: Ended) -> NoReturn:
    """What a child does last: nothing of what its parent has open is its own to close."""
    with open(writes, "wb") as pipe:
        pipe.write(pickle.dumps(found))
    os._exit(0)
