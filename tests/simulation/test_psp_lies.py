"""A PSP whose answer is wrong, or the same error for ever: no money is lost, and people are told.

These histories do not come to rest by themselves: somebody has to talk to the PSP. What must hold
meanwhile: nothing is taken, paid or booked twice, and nobody is asked in a hurry.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from countinghouse.domain.instants import DAY
from tests.simulation import cloud
from tests.simulation.client import Script
from tests.simulation.faults import Broken, Plan
from tests.simulation.flow import Play
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine
from tests.simulation.psp_wire import Shop
from tests.simulation.rest_of_books import books_at_rest
from tests.simulation.rest_of_cards import cards, stored
from tests.simulation.world import World

SENDS_MAX = 8
"""A day's ladder has seven rungs: the first call, and one behind each question."""


def _with_fault(script: Play, fault: dict[str, object]) -> Play:
    def play(shop: Shop) -> Script:
        shop.ask("POST", "/_control/faults", fault)
        yield from script(shop)

    return play


def _played(process: Machine, flow: str, **fault: object) -> tuple[World, list[str]]:
    """Two days of a flow whose PSP has this fault, and what is wrong with the books by then."""
    usual = FLOWS[flow]
    script = _with_fault(usual.scripts[0], fault)
    plays = replace(usual, scripts=(script, *usual.scripts[1:]), patience_ms=2 * DAY)
    world = World(process, plays, Plan(flow))
    with world.alive():
        with pytest.raises(Broken):
            world.play()
        wrong = [*world.watch.problems, *books_at_rest(world.shop), *cards(stored())]
    return world, wrong


def _alarms(world: World) -> list[str]:
    return [e["data"]["code"] for e in world.aws.bus.events if e["type"] == "audit.raised"]


@pytest.mark.parametrize(
    ("flow", "operation", "route", "alarm"),
    [
        ("F1", "charge", "POST /v1/charges", "unknown_overdue"),
        ("F6", "capture", "POST /v1/charges/*/capture", "unknown_overdue"),
        ("F17", "void", "POST /v1/charges/*/void", "unknown_overdue"),
        ("A4", "refund", "POST /v1/charges/*/refunds", "unknown_overdue"),
        ("P1", "payout", "POST /v1/payouts", "payout_overdue"),
    ],
)
def test_an_error_that_is_stored_under_the_key_is_never_another_charge(
    process: Machine, flow: str, operation: str, route: str, alarm: str
) -> None:
    world, wrong = _played(process, flow, kind="http_500", operation=operation, stored=True)

    sent = [call.operation for call in world.injector.calls].count(route)
    assert wrong == []
    assert 2 <= sent <= SENDS_MAX, "it is sent again under its own key, more and more slowly"
    assert set(_alarms(world)) == {alarm}


def test_an_amount_that_is_not_ours_is_set_aside_and_nothing_is_booked(process: Machine) -> None:
    world, wrong = _played(process, "F1", kind="amount_drift")

    (order,) = cloud.rows("payment_order")
    assert order["status"] == "conflicted"
    assert list(cloud.rows("ledger")) == []
    assert _alarms(world) == ["order_conflicted"]
    assert [problem.partition(":")[0] for problem in wrong] == ["I8"], "more taken than ordered"
