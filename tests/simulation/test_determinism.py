"""A plan is one exact history: played twice it makes the same calls with the same bodies."""

from __future__ import annotations

import pytest

from tests.simulation.explore import play
from tests.simulation.faults import parse_plan
from tests.simulation.machine import Machine

PLANS = (
    "F1",
    "F1:11:lost",
    "F2:12:after",
    "F2:20:before@7",
    "F3:31:race",
    "F4:15:err",
    "F5@3",
    "F5:40:stall",
    "F6:12:gone",
    "F7:11:unsent",
    "F8:19:after+25:lost@11",
    "F9:30:before",
    "A2:20:race@5",
    "A4:12:lost",
    "A8:1:race",
    "A13:42:stall",
    "P1:20:stall",
    "P5:9:gone@3",
    "P14:12:after",
)


@pytest.mark.parametrize("text", PLANS)
def test_a_plan_played_twice_makes_the_same_calls(process: Machine, text: str) -> None:
    plan = parse_plan(text)

    once = play(process, plan).injector.log_sha256
    again = play(process, plan).injector.log_sha256

    assert once == again


@pytest.mark.parametrize("text", PLANS)
def test_a_plan_reads_back_from_what_it_prints(text: str) -> None:
    assert str(parse_plan(text)) == text
