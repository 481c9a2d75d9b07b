"""Every call of every flow fails in every way, one at a time, and every invariant holds."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from countinghouse.domain.instants import DAY, HOUR
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
    **dict.fromkeys(("F9", "F5", "F4", "P4", "P5", "P2", "P1"), MODES),
    **dict.fromkeys(("F2", "F6", "A9", "A10", "F3", "F8"), MODES),
    **dict.fromkeys(("A7", "A4", "F7", "F1", "A13", "A1", "P3"), MODES),
    **dict.fromkeys(("A24", "A12", "A21", "A2", "A8", "P8"), RACES),
    **dict.fromkeys(("P9", "P10"), (Mode.RACE,)),
    **dict.fromkeys(("A15", "A6", "A11", "A5", "A22", "A3", "A16", "A18", "A23", "A14"), CRASHES),
    **dict.fromkeys(("F12", "F18", "F15", "F17", "F10", "F11", "F13", "F16"), CRASHES),
    **dict.fromkeys(("P6", "P7"), CRASHES),
    # The bank takes days, and then nothing is new: a death behind each call will do.
    **dict.fromkeys(("P14", "P11", "P12", "P13", "P15"), (Mode.AFTER,)),
    # The sweep alone brings these to rest, with some 250 calls: a death behind each will do.
    **dict.fromkeys(("A20", "A19", "A17"), (Mode.AFTER,)),
}
AT_REST_MS: Mapping[str, int] = {
    # The bank takes a day, and with no webhook we ask on the second, or once more on the third.
    "P11": 2 * DAY,
    "P12": 3 * DAY,
    # With no stream nobody is woken: we ask once a bank had it for two hours, or once more then.
    "P13": 5 * HOUR,
}
"""How long a history may take where an hour is too short."""

# An hour of questions makes some 475 calls: too many histories even for a night.
PLAYED_ONCE = ("F14",)


@pytest.mark.parametrize("flow", WAYS)
def test_every_invariant_holds_whatever_call_fails(process: Machine, flow: str) -> None:
    modes = MODES if EVERYTHING else WAYS[flow]

    explored = explore(process, flow, modes)

    assert explored.histories > len(modes)
    # I14: after any single fault everything is at rest within the hour, or what a bank takes.
    assert explored.rest_ms_max < AT_REST_MS.get(flow, HOUR)


@pytest.mark.parametrize("flow", PLAYED_ONCE)
def test_every_invariant_holds_when_nothing_fails(process: Machine, flow: str) -> None:
    assert explore(process, flow, ()).histories == 1


def test_no_flow_is_left_out() -> None:
    assert {*WAYS, *PLAYED_ONCE} == set(FLOWS)
