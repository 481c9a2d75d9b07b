"""Every call of every flow fails in every way, one at a time, and every invariant holds."""

from __future__ import annotations

import pytest

from countinghouse.domain.instants import HOUR
from tests.simulation.explore import Explored, explore
from tests.simulation.faults import Mode
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine

pytestmark = pytest.mark.slow

# The longest first, so that two workers end together.
IN_EVERY_WAY = ("F9", "F5", "F4", "F2", "F6", "F3", "F8", "F7", "F1")
# The rest of the state machine, with every kind of fault that kills or overtakes a process.
CRASHED = ("F12", "F18", "F15", "F17", "F10", "F11", "F13", "F16")
CRASHES = (Mode.BEFORE, Mode.AFTER, Mode.RACE)
# An hour of questions makes some 475 calls: too many histories for every day.
PLAYED_ONCE = ("F14",)


def _holds(explored: Explored) -> None:
    assert explored.histories > len(Mode)
    # I14: after any single fault everything is at rest within the hour.
    assert explored.rest_ms_max < HOUR


@pytest.mark.parametrize("flow", IN_EVERY_WAY)
def test_every_invariant_holds_whatever_call_fails(process: Machine, flow: str) -> None:
    _holds(explore(process, flow))


@pytest.mark.parametrize("flow", CRASHED)
def test_every_invariant_holds_wherever_a_process_dies(process: Machine, flow: str) -> None:
    _holds(explore(process, flow, CRASHES))


@pytest.mark.parametrize("flow", PLAYED_ONCE)
def test_every_invariant_holds_when_nothing_fails(process: Machine, flow: str) -> None:
    assert explore(process, flow, ()).histories == 1


def test_no_flow_is_left_out() -> None:
    assert {*IN_EVERY_WAY, *CRASHED, *PLAYED_ONCE} == set(FLOWS)
