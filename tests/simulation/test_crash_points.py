"""Calls of every flow fail, one at a time, and every invariant holds.

Of the main flows it is every call in every way. The others' calls fail in one way each, in turn:
`make simulate` plays the rest.
"""

from __future__ import annotations

import pytest

from tests.simulation.branches import branched
from tests.simulation.explore import calls_of, some_strikes, strikes
from tests.simulation.faults import Plan
from tests.simulation.flows import FLOWS
from tests.simulation.liveness import rest_max_ms
from tests.simulation.machine import Machine

pytestmark = pytest.mark.slow

MAIN = ("F3", "P1", "A4", "A1")
"""A sale with a challenge, delivered, refunded and paid out."""
CALLS_MAX, HISTORIES = 400, 3
"""About how many calls the histories of each other flow make; of the longest so many histories are
played all the same."""


@pytest.mark.parametrize("flow", [*MAIN, *(name for name in FLOWS if name not in MAIN)])
def test_every_invariant_holds_whatever_call_fails(
    process: Machine, flow: str, first_seed: int
) -> None:
    trunk = Plan(flow)
    calls = calls_of(process, trunk)
    calls_max = max(CALLS_MAX, HISTORIES * len(calls))
    some = strikes(calls) if flow in MAIN else some_strikes(calls, first_seed, calls_max)
    plans = [Plan(flow, (strike,)) for strike in some]

    played = branched(process, trunk, plans)

    assert [end.failure for end in played if end.failure] == []
    assert {end.plan for end in played} == set(plans)
    assert len(plans) > 2
    assert max(end.tally.rest_ms for end in played) < rest_max_ms(flow)
