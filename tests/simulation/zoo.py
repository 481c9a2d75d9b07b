"""Planted bugs, each put in for as long as its context is open: what the proofs must catch.

They are the mistakes other payment systems made; a proof that lets one pass proves nothing. Z1 to
Z20 are the catalogue's, Q and R their like among payouts and refunds. Some of the catalogue's do no
harm here as they are told, since something else stands behind: SECOND_LINES are those, and beside
each the zoo has the nearest that does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.simulation.bug import Bug, Caught, Examples, Histories
from tests.simulation.explore import play, strikes
from tests.simulation.faults import Broken, Mode, Plan
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine
from tests.simulation.world import World
from tests.simulation.zoo_of_amounts import AMOUNT_ZOO
from tests.simulation.zoo_of_books import BOOK_ZOO, conflict_is_posted
from tests.simulation.zoo_of_charges import CHARGE_ZOO
from tests.simulation.zoo_of_messages import MESSAGE_ZOO, deleted_when_received
from tests.simulation.zoo_of_payout import PAYOUT_ZOO
from tests.simulation.zoo_of_sale import SALE_ZOO

_ALL = (*CHARGE_ZOO, *MESSAGE_ZOO, *BOOK_ZOO, *AMOUNT_ZOO, *SALE_ZOO, *PAYOUT_ZOO)


def _place(bug: Bug) -> tuple[int, int]:
    return "ZQR".index(bug.name[0]), int(bug.name[1:])


ZOO: dict[str, Bug] = {bug.name: bug for bug in sorted(_ALL, key=_place)}

NOTHING = "nothing"
SECOND_LINES = (
    Bug(
        "Z5",
        "messages deleted when they are received: what is due is sent again by the sweep",
        deleted_when_received,
        "edge.queue.received",
        Histories("A9", Mode.AFTER),
        NOTHING,
    ),
    Bug(
        "Z15",
        "a conflict taken for a booked journal: whoever asks next reads the ledger itself",
        conflict_is_posted,
        "dynamodb.ledger: why_cancelled",
        Histories("A4", Mode.CONFLICT),
        NOTHING,
    ),
)
"""Planted bugs that break nothing, and why."""


def hunt(machine: Machine, bug: Bug) -> Caught | None:
    """Plant the bug, and find the first history or example that breaks its invariant.

    None when none does. What happened before a history is made without the bug.
    """
    began = time.process_time()
    if isinstance(bug.ground, Histories):
        make_prelude(machine, bug.ground.flow)
    with bug.plant():
        for tried, (plan, problems) in enumerate(played(machine, bug.ground), 1):
            own = [problem for problem in problems if problem.startswith(f"{bug.breaks}:")]
            if own:
                return Caught(bug, plan, own[0], tried, time.process_time() - began)
    return None


def make_prelude(machine: Machine, flow: str) -> None:
    """Have what happens before a flow played and kept, if it is not yet."""
    if FLOWS[flow].prelude not in (None, *machine.saved):
        play(machine, Plan(flow))


def played(machine: Machine, ground: Histories | Examples) -> Iterator[tuple[str, list[str]]]:
    """Every plan or example of a ground, with what is wrong in it."""
    return ground.play() if isinstance(ground, Examples) else _histories(machine, ground)


def _histories(machine: Machine, ground: Histories) -> Iterator[tuple[str, list[str]]]:
    # The fault-free history counts too: the code may be so wrong that it needs no fault.
    dry = World(machine, FLOWS[ground.flow], Plan(ground.flow))
    yield _ended(dry)
    for strike in strikes(dry.injector.calls, (ground.mode,)):
        if not ground.at or dry.injector.calls[strike.k].function in ground.at:
            plan = Plan(ground.flow, (strike,))
            yield _ended(World(machine, FLOWS[ground.flow], plan))


def _ended(world: World) -> tuple[str, list[str]]:
    try:
        world.run()
    except Broken as broken:
        return broken.plan, broken.problems
    return str(world.plan), []
