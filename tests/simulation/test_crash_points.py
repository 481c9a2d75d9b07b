"""Every call of every flow fails in every way, one at a time, and every invariant holds."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from countinghouse.domain.instants import HOUR
from tests.simulation.explore import MODES, explore
from tests.simulation.faults import Mode
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine

pytestmark = pytest.mark.slow

EVERYTHING = bool(os.environ.get("SIMULATE_EVERYTHING"))
"""Whether every flow is struck in every way, however long it takes: the night run's."""

CRASHES = (Mode.BEFORE, Mode.AFTER, Mode.RACE)
"""A process dies, or is overtaken."""
RACES = (*CRASHES, Mode.STALL)
"""As well for flows of which two ends meet: it freezes, and goes on with what it knew."""
WAYS: Mapping[str, tuple[Mode, ...]] = {
    # The longest first, so that two workers end together.
    **dict.fromkeys(("F9", "F5", "F4", "F2", "F6", "A9", "A10", "F3", "F8"), MODES),
    **dict.fromkeys(("A7", "A4", "F7", "F1", "A13", "A1"), MODES),
    **dict.fromkeys(("A24", "A12", "A21", "A2", "A8"), RACES),
    **dict.fromkeys(("A15", "A6", "A11", "A5", "A22", "A3", "A16", "A18", "A23", "A14"), CRASHES),
    **dict.fromkeys(("F12", "F18", "F15", "F17", "F10", "F11", "F13", "F16"), CRASHES),
    # The sweep alone brings these to rest, with some 250 calls: a death behind each will do.
    **dict.fromkeys(("A20", "A19", "A17"), (Mode.AFTER,)),
}
# An hour of questions makes some 475 calls: too many histories even for a night.
PLAYED_ONCE = ("F14",)


@pytest.mark.parametrize("flow", WAYS)
def test_every_invariant_holds_whatever_call_fails(process: Machine, flow: str) -> None:
    modes = MODES if EVERYTHING else WAYS[flow]

    explored = explore(process, flow, modes)

    assert explored.histories > len(modes)
    # I14: after any single fault everything is at rest within the hour.
    assert explored.rest_ms_max < HOUR


@pytest.mark.parametrize("flow", PLAYED_ONCE)
def test_every_invariant_holds_when_nothing_fails(process: Machine, flow: str) -> None:
    assert explore(process, flow, ()).histories == 1


def test_no_flow_is_left_out() -> None:
    assert {*WAYS, *PLAYED_ONCE} == set(FLOWS)
