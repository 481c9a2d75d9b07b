"""The proof proves something: every planted bug is caught, and by its own invariant."""

from __future__ import annotations

import pytest

from tests.simulation.explore import first_catch, play
from tests.simulation.faults import Plan, parse_plan
from tests.simulation.machine import Machine
from tests.simulation.zoo import ZOO

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ZOO)
def test_a_planted_bug_is_caught_and_nothing_is_found_without_it(
    process: Machine, name: str
) -> None:
    bug = ZOO[name]
    # What happened before the flow is made without the bug.
    play(process, Plan(bug.flow))

    with bug.plant():
        caught = first_catch(process, bug.flow, bug.mode, bug.breaks)

    assert caught is not None, f"{bug.says}: no history of {bug.flow} breaks {bug.breaks}"
    assert f"python -m tests.simulation.replay {caught.plan}" in str(caught)
    play(process, parse_plan(caught.plan))
