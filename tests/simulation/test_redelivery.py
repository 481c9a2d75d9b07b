"""Everything that was ever delivered may come again, and changes nothing (I11)."""

from __future__ import annotations

import pytest

from tests.simulation.faults import Plan
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine
from tests.simulation.world import World


@pytest.mark.parametrize("flow", FLOWS)
def test_delivering_everything_again_changes_no_row(process: Machine, flow: str) -> None:
    world = World(process, FLOWS[flow], Plan(flow))
    with world.alive():
        world.play()

        assert world.delivered
        assert list(world.unmoved()) == []
