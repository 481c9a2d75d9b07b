"""The whole system in one process: a market's days and their reconciliation, beside the model.

Every invariant of all flows holds, nothing is a break, and what everybody sees in the end is what
the reference model says. With faults the flows W1 to W3 are played as all others are, here by
`test_crash_points` and `test_random_histories`; markets of chance have theirs here.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from countinghouse.domain.breaks import BreakStatus
from tests.simulation import cloud
from tests.simulation.commands import Delivered, Disputed, PaidOut, Refunded, Sold
from tests.simulation.explore import play
from tests.simulation.faults import Broken, Call, Mode, Plan
from tests.simulation.flows import FLOWS
from tests.simulation.lake_names import DOCUMENTS, LAKE
from tests.simulation.machine import Machine
from tests.simulation.market_days import SMALL, flow_of
from tests.simulation.market_plan import commands
from tests.simulation.psp_wire import Shop
from tests.simulation.random_market import days_of, market, play_market
from tests.simulation.world import World
from tools.local.places import ROOT

pytestmark = pytest.mark.slow

MARKETS = 4
"""How many markets of chance, one in four without faults."""


def whole(process: Machine, name: str) -> tuple[World, Any]:
    world = play(process, Plan(name))
    return world, world.workflows


def test_a_days_money_is_all_explained(process: Machine) -> None:
    world, around = whole(process, "W1")

    functions = {call.function for call in world.injector.calls}
    assert around.store.notices == ["Reconciliation sandbox 2026-11-22: agrees, 0 open"]
    assert functions >= {"lake", "audit", "rollup", "settlement_files", "reconciliation_steps"}
    assert functions >= {"payments", "fulfilment", "payout_steps", "posting", "order_aftercare"}
    kept = Counter((bucket, key.split("/")[0]) for bucket, key in around.store.objects)
    assert {name for bucket, name in kept if bucket == LAKE} >= {
        *("postings", "orders", "psp_events", "settlement_lines", "bank_lines"),
        "settlement-files",
    }
    assert kept[DOCUMENTS, "seals"] == 1
    ends = Counter(row["status"] for row in cloud.rows("payout") if "status" in row)
    assert ends == {"paid": 1, "failed": 1, "returned": 1}


def test_a_month_later_what_was_held_back_is_paid_out(process: Machine) -> None:
    _, around = whole(process, "W3")

    assert around.store.notices[-1] == "Reconciliation sandbox 2026-12-24: agrees, 0 open"


def test_the_same_plan_makes_the_same_calls(process: Machine) -> None:
    logs = {play(process, Plan("W2")).injector.log_sha256 for _ in range(2)}

    assert len(logs) == 1


@pytest.mark.parametrize("place", range(MARKETS))
def test_a_market_of_chance_ends_as_the_model_says(
    process: Machine, first_seed: int, place: int
) -> None:
    world = play_market(process, first_seed * MARKETS + place)

    assert world.flow.expected.orders


def test_a_market_that_failed_is_replayed_by_its_name(process: Machine) -> None:
    found = FLOWS["M7"]

    assert found.says == market(7).says
    assert "M7" not in list(FLOWS)
    with pytest.raises(KeyError):
        FLOWS["M7x"]
    assert play(process, Plan("M8", (), 8)).injector.plan.seed == 8


def test_markets_of_chance_have_everything_in_them() -> None:
    every = [command for seed in range(200) for command in commands(days_of(seed))]

    kinds = Counter(type(command) for command in every)
    sold = [command for command in every if isinstance(command, Sold)]
    assert min(kinds[kind] for kind in (Delivered, Refunded, Disputed, PaidOut)) > 50
    assert {command.currency for command in sold} == {"EUR", "USD", "JPY", "KWD"}
    assert any(0 < command.wanted < command.amount for command in sold)
    assert {frozenset({"failed"}), frozenset({"voided", "cancelled"})} == {
        command.ends for command in sold if not command.wanted
    }


# --- that the check of the reconciliation finds something where something is wrong ----------------
def _closed_with(kind: str) -> Any:
    """The PSP's file of the day has something in it that never was."""

    def settle(shop: Shop, method: str, path: str, body: object) -> dict[str, Any]:
        if path == "/_control/settle":
            body = {"inject": [{"kind": kind, "count": 1}]}
        return ASK(shop, method, path, body)

    return settle


ASK = Shop.ask


@pytest.mark.parametrize(("kind", "code"), [("extra", "MISSING_IN_LEDGER"), ("amount", "AMOUNT")])
def test_a_planted_discrepancy_is_a_break(process: Machine, kind: str, code: str) -> None:
    flow = flow_of("planted", "a small market", SMALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shop, "ask", _closed_with(kind))
        with pytest.raises(Broken) as broken:
            World(process, flow, Plan(flow.name)).run()

    found = [problem for problem in broken.value.problems if problem.startswith("R1: a break")]
    assert len(found) == 1
    assert code in found[0]
    assert BreakStatus.OPEN in found[0]


def test_a_task_that_never_succeeds_fails_the_run_and_it_is_started_anew(process: Machine) -> None:
    world = World(process, FLOWS["W2"], Plan("W2"))
    around: Any = world.workflows

    def first_queries_fail(call: Call, _: object) -> Mode | None:
        is_query = call.operation == "StartQueryExecution" and call.attempt == 1
        return Mode.ERR if is_query and len(around.runs) == 1 else None

    world.injector.draw = first_queries_fail
    world.run()

    assert list(around.runs.values()) == ["Failed", "Done"]


def test_what_the_relay_raises_is_recorded_and_is_a_finding(process: Machine) -> None:
    flow = flow_of("raised", "a small market", SMALL)
    world = World(process, flow, Plan(flow.name))
    raised = json.loads((ROOT / "events" / "audit_events" / "full.json").read_text())
    told = {"Detail": json.dumps(raised["detail"])}
    world.aws.bus.put(json.dumps({"Entries": [told]}).encode())
    failed: list[Call] = []

    def first_write_fails(call: Call, _: object) -> Mode | None:
        if call.function != "audit_events" or failed or call.operation == "GetSecretValue":
            return None
        failed.append(call)
        return Mode.BEFORE

    world.injector.draw = first_write_fails
    with pytest.raises(Broken) as broken:
        world.run()

    assert failed
    assert [one for one in broken.value.problems if "the books are found wrong" in one]
    kept = {row["snapshot"].partition("#")[0] for row in cloud.rows("account_balance")}
    assert kept >= {"finding", "stop"}
