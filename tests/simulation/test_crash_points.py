"""Calls of every flow fail, one at a time, and every invariant holds.

Of the main flows it is every call in every way. The others' calls fail in one way each, in turn:
`make simulate` plays the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.explore import calls_of, explore, some_strikes, strikes
from tests.simulation.faults import Plan
from tests.simulation.flows import FLOWS
from tests.simulation.liveness import rest_max_ms
from tests.simulation.machine import Machine

pytestmark = pytest.mark.slow

MAIN = ("F2", "F3", "F1", "P1", "A4", "A1")
"""A sale without and with a challenge, one that is captured, delivered, refunded and paid out."""
CALLS_MAX = 2_500
"""About how many calls the histories of each other flow make: two or three seconds."""


def histories(process: Machine, flow: str, seed: int) -> Iterator[Plan]:
    """What is played of a flow: without a fault, then with one."""
    yield Plan(flow)
    calls = calls_of(process, Plan(flow))
    some = strikes(calls) if flow in MAIN else some_strikes(calls, seed, CALLS_MAX)
    yield from (Plan(flow, (strike,)) for strike in some)


@pytest.mark.parametrize("flow", [*MAIN, *(name for name in FLOWS if name not in MAIN)])
def test_every_invariant_holds_whatever_call_fails(
    process: Machine, flow: str, first_seed: int
) -> None:
    explored = explore(process, histories(process, flow, first_seed))

    assert explored.histories > 3
    assert explored.rest_ms_max < rest_max_ms(flow)
