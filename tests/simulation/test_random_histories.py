"""Histories with two to four faults each, and deliveries in an order of chance.

`--seed N` begins with another seed, `--histories N` plays more of them: the night run's knobs.
"""

from __future__ import annotations

import pytest

from tests.simulation.explore import play, random_plan
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine

pytestmark = pytest.mark.slow

# Its hour of questions makes it ten times as long as any other.
TOO_LONG = "F14"


@pytest.mark.parametrize("flow", sorted(set(FLOWS) - {TOO_LONG}))
def test_every_invariant_holds_through_several_faults(
    process: Machine, flow: str, first_seed: int, histories: int
) -> None:
    for seed in range(first_seed, first_seed + histories):
        play(process, random_plan(process, flow, seed))
