"""Histories with two to six faults each, and deliveries in an order of chance.

`--seed N` begins with another seed, `--histories N` plays more of them.
"""

from __future__ import annotations

import pytest

from tests.simulation.drawn import FAULTS_MAX, play_drawn
from tests.simulation.explore import calls_of, play
from tests.simulation.faults import Plan
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine

pytestmark = pytest.mark.slow

# Its hours of questions make it ten times as long as any other.
TOO_LONG = "F14"


@pytest.mark.parametrize("flow", sorted(set(FLOWS) - {TOO_LONG}))
def test_every_invariant_holds_through_several_faults(
    process: Machine, flow: str, first_seed: int, histories: int
) -> None:
    calls = len(calls_of(process, Plan(flow)))

    for seed in range(first_seed, first_seed + histories):
        world = play_drawn(process, flow, seed, calls)

        assert len(world.injector.plan.strikes) <= FAULTS_MAX


def test_what_was_drawn_is_a_plan_that_replays_exactly(process: Machine) -> None:
    drawn = [play_drawn(process, "F3", seed, 46) for seed in range(1, 13)]

    again = [play(process, world.injector.plan) for world in drawn]

    assert [w.injector.log_sha256 for w in again] == [w.injector.log_sha256 for w in drawn]
    assert [w.injector.struck for w in again] == [w.injector.struck for w in drawn]


def test_seeds_draw_different_ways_to_fail(process: Machine) -> None:
    plans = [play_drawn(process, "F3", seed, 46).injector.plan for seed in range(1, 25)]

    modes = [{strike.mode for strike in plan.strikes} for plan in plans]
    assert len(set(map(str, plans))) == len(plans)
    assert len(set[str]().union(*modes)) > 9
    assert {len(plan.strikes) for plan in plans} >= {2, 3, 4}
