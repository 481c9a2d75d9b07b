import io
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import ValidationError

from countinghouse.domain.errors import NotFound, Unavailable
from countinghouse.domain.instants import SECOND
from countinghouse.domain.payout import PayoutStatus
from countinghouse.domain.payout_requests import monthly_payout
from countinghouse.domain.psp import SettlementKind
from functions.payout_steps import handler
from functions.payout_steps.wiring import Deps
from tests.fakes.lambdas import FakeContext
from tests.fakes.payouts import FakePayoutRuns, FakeWorkflows
from tests.payouts import House, a_payout

S = PayoutStatus
PERIOD = "2026-11"
MONTHLY_ID = monthly_payout("s1", "EUR", PERIOD).payout_id
OPEN: dict[str, Any] = {"step": "open", "seller_id": "s1", "currency": "EUR", "period": PERIOD}


@dataclass
class Desk:
    house: House = field(default_factory=House)
    workflows: FakeWorkflows = field(default_factory=FakeWorkflows)
    runs: FakePayoutRuns = field(default_factory=FakePayoutRuns)

    def deps(self) -> Deps:
        house = self.house
        return Deps(
            lambda: house.advancing, house.opening, self.workflows, house.ledger, self.runs, 5_000
        )

    def do(self, remaining_ms: int = 60_000, **task: Any) -> dict[str, Any]:
        answer: dict[str, Any] = handler.lambda_handler(task, FakeContext(remaining_ms))
        return answer


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    desk.house.earn(8_000)
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_a_month_from_the_list_to_the_report(desk: Desk) -> None:
    desk.house.gateway.will("pay_out", SettlementKind.PENDING)
    desk.house.gateway.will("find_payout", SettlementKind.SUCCEEDED)

    listed = desk.do(step="list", period=PERIOD)
    assert listed == {
        "bucket": "documents",
        "key": f"payout-runs/{PERIOD}/sellers.json",
        "count": 1,
    }
    assert desk.do(**OPEN) == {"outcome": "opened", "payout_id": MONTHLY_ID, "next": "wait"}
    seen = []
    for _ in range(10):
        answer = desk.do(step="advance", payout_id=MONTHLY_ID)
        seen.append((answer["status"], answer["next"]))
        if answer["next"] == "done":
            break
        desk.house.clock.advance(answer["wait_s"] * SECOND)

    assert seen == [
        ("reserved", "advance"),
        ("in_transit", "wait"),
        ("paid", "advance"),
        ("paid", "done"),
    ]
    assert desk.do(step="report", period=PERIOD) == {"period": PERIOD, "counts": {"paid": 1}}


def test_an_answer_is_what_the_workflow_reads(desk: Desk) -> None:
    desk.house.payouts.put(a_payout(S.PENDING_APPROVAL))

    assert desk.do(step="advance", payout_id="po_1") == {
        "payout_id": "po_1",
        "status": "pending_approval",
        "next": "approve",
        "wait_s": 604_800,
    }


def test_a_seller_is_opened_once_however_often_the_month_is_run(desk: Desk) -> None:
    desk.do(**OPEN)

    assert desk.do(**OPEN) == {
        "outcome": "skipped",
        "reason": "already_opened",
        "payout_id": MONTHLY_ID,
        "next": "wait",
    }


def test_a_payout_keeps_its_place_in_the_run_until_it_is_sent_or_a_minute_is_over(
    desk: Desk,
) -> None:
    desk.house.gateway.will("pay_out", SettlementKind.PENDING)
    assert desk.do(**OPEN)["next"] == "wait"
    desk.do(step="advance", payout_id=MONTHLY_ID)
    assert desk.do(**OPEN)["next"] == "wait"

    desk.do(step="advance", payout_id=MONTHLY_ID)
    assert desk.do(**OPEN)["next"] == "done"


def test_a_payout_that_is_stuck_holds_up_the_run_for_a_minute_at_most(desk: Desk) -> None:
    desk.do(**OPEN)
    desk.house.clock.advance(60 * SECOND - 1)
    assert desk.do(**OPEN)["next"] == "wait"

    desk.house.clock.advance(1)
    assert desk.do(**OPEN)["next"] == "done"


def test_one_sellers_reason_is_an_answer_and_no_failure(desk: Desk) -> None:
    nobody = desk.do(**{**OPEN, "seller_id": "s2"})

    assert nobody == {"outcome": "skipped", "reason": "insufficient_funds", "next": "done"}


def test_a_waiting_workflows_token_is_kept(desk: Desk) -> None:
    desk.house.payouts.put(a_payout(S.IN_TRANSIT))

    answer = desk.do(step="await", payout_id="po_1", task_token="token")

    assert answer == {"payout_id": "po_1", "waiting": True}
    assert desk.house.payouts["po_1"].task_token == "token"
    assert desk.workflows.woken == []


def test_a_workflow_with_nothing_to_wait_for_is_woken_at_once(desk: Desk) -> None:
    desk.house.payouts.put(a_payout(S.PAID))

    answer = desk.do(step="await", payout_id="po_1", task_token="token")

    assert answer == {"payout_id": "po_1", "waiting": False}
    assert desk.workflows.woken == [("token", {"payout_id": "po_1"})]


def test_an_approval_that_did_not_come_cancels(desk: Desk) -> None:
    desk.house.payouts.put(a_payout(S.PENDING_APPROVAL))

    answer = desk.do(step="expire_approval", payout_id="po_1")

    assert (answer["status"], answer["next"]) == ("cancelled", "advance")


def test_an_approval_that_came_in_the_last_moment_counts(desk: Desk) -> None:
    desk.house.payouts.put(a_payout(S.IN_TRANSIT))

    assert desk.do(step="expire_approval", payout_id="po_1")["status"] == "in_transit"


def test_the_psp_is_not_called_without_time_to_write_its_answer(desk: Desk) -> None:
    desk.house.payouts.put(a_payout(S.RESERVED))

    with pytest.raises(Unavailable):
        desk.do(remaining_ms=7_999, step="advance", payout_id="po_1")

    assert desk.house.gateway.calls == []


@pytest.mark.parametrize("step", ["advance", "expire_approval"])
def test_an_unknown_payout_ends_its_workflow(desk: Desk, step: str) -> None:
    with pytest.raises(NotFound):
        desk.do(step=step, payout_id="po_none")


@pytest.mark.parametrize(
    "task",
    [
        {},
        {"step": "pay"},
        {"step": "advance"},
        {"step": "advance", "payout_id": "po_1", "amount": 1},
        {"step": "await", "payout_id": "po_1"},
        {"step": "list", "period": "2026-13"},
        {"step": "open", "seller_id": "s1", "currency": "EUR", "period": "last"},
        {"step": "report", "period": ""},
    ],
)
def test_a_task_that_is_misspelt_is_refused(desk: Desk, task: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        desk.do(**task)


def test_no_token_is_logged(desk: Desk, logs: io.StringIO) -> None:
    desk.house.payouts.put(a_payout(S.IN_TRANSIT))

    desk.do(step="await", payout_id="po_1", task_token="very-secret-token")
    desk.do(step="advance", payout_id="po_1")

    assert "very-secret-token" not in logs.getvalue()
