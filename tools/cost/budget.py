"""The budget: what a journey may cost. Dearer fails, and so does a budget that is too high."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.cost.scenario import Journeys, cents, from_intake, whole_life, with_session
from tools.cost.tables import Assumptions

BUDGET = Path(__file__).parent / "budget.json"
Budget = Mapping[str, Mapping[str, int]]
BILLS = {"from_intake": from_intake, "with_session": with_session, "whole_life": whole_life}
LOWER = "lower the budget: make cost ARGS=--lower"


def budget() -> Budget:
    """What is allowed: `journeys` by name, and `cents` a million payments."""
    found: Budget = json.loads(BUDGET.read_text(encoding="utf-8"))
    return found


def spent(journeys: Journeys, assumed: Assumptions) -> dict[str, dict[str, int]]:
    """What a run took, as a budget is written."""
    taken = {name: counted.sums() for name, counted in journeys.items()}
    taken["cents_a_million"] = {
        f"{name}{'_provisioned' if provisioned else ''}": cents(
            bill(journeys, assumed), assumed, provisioned=provisioned
        )
        for name, bill in BILLS.items()
        for provisioned in (False, True)
    }
    return taken


def compared(allowed: Budget, taken: Budget) -> Iterator[str]:
    """What is wrong: dearer than allowed, cheaper than it need be, or in one of them only."""
    for name in sorted({*allowed, *taken}):
        may, did = allowed.get(name, {}), taken.get(name, {})
        for what in sorted({*may, *did}):
            if what not in may or what not in did:
                yield f"{name}: {what} is in the {'budget' if what in may else 'run'} only"
            elif did[what] > may[what]:
                yield f"{name}: {what} is {did[what]}, the budget allows {may[what]}"
            elif did[what] < may[what]:
                yield f"{name}: {what} is only {did[what]} of {may[what]}: {LOWER}"


def write(taken: Budget) -> None:
    """Make this the budget."""
    BUDGET.write_text(json.dumps(taken, indent=1) + "\n", encoding="utf-8")
