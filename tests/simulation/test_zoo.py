"""The proof proves something: every planted bug is caught, and by its own invariant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from countinghouse.domain.instants import MINUTE
from tests.simulation.bug import Bug, Examples
from tests.simulation.explore import play
from tests.simulation.faults import Plan, parse_plan
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine
from tests.simulation.strays import redriven
from tests.simulation.world import World
from tests.simulation.zoo import SECOND_LINES, ZOO, hunt, make_prelude, played
from tests.simulation.zoo_of_amounts import converted_captures, half_an_exchange
from tests.simulation.zoo_of_books import token_alone

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ZOO)
def test_a_planted_bug_is_caught_and_nothing_is_found_without_it(
    process: Machine, name: str
) -> None:
    bug = ZOO[name]

    caught = hunt(process, bug)

    assert caught is not None, f"{bug.says}: nothing of {bug.ground} breaks {bug.breaks}"
    if isinstance(bug.ground, Examples):
        assert not [found for found in bug.ground.play() if found[1]]
    else:
        play(process, parse_plan(caught.plan))


def test_every_bug_of_the_catalogue_is_in_the_zoo() -> None:
    assert {f"Z{number}" for number in range(1, 21)} == {n for n in ZOO if n.startswith("Z")}


@pytest.mark.parametrize("bug", SECOND_LINES, ids=lambda bug: bug.name)
def test_a_bug_that_something_else_stands_behind_breaks_nothing(process: Machine, bug: Bug) -> None:
    assert not isinstance(bug.ground, Examples)
    make_prelude(process, bug.ground.flow)

    with bug.plant():
        ended = list(played(process, bug.ground))

    assert len(ended) > 1
    assert not [found for found in ended if found[1]]


def test_a_token_alone_is_enough_for_ten_minutes(process: Machine) -> None:
    sooner = replace(FLOWS["S1"], scripts=(redriven(9 * MINUTE),))

    with token_alone():
        World(process, sooner, Plan("S1")).run()


def test_an_exchange_of_one_leg_cannot_be_booked_at_all() -> None:
    with half_an_exchange():
        refused = [problems for _, problems in converted_captures()]

    assert all(problem.startswith("I1: ") for (problem,) in refused)
    assert len(refused) > 10
