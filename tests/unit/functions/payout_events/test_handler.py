from dataclasses import dataclass, field

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.payout import PayoutStatus
from countinghouse.usecases.attend_payout import Attending
from functions.payout_events import handler
from tests.builders import NOW
from tests.fakes.lambdas import FakeContext, failed, sqs_event
from tests.fakes.payouts import FakeWorkflows
from tests.payouts import House, a_payout

S = PayoutStatus
MESSAGE = {"payout_id": "po_1"}


@dataclass
class Desk:
    house: House = field(default_factory=House)
    workflows: FakeWorkflows = field(default_factory=FakeWorkflows)

    def deps(self) -> Attending:
        return Attending(self.house.books, self.workflows)

    def handle(self, *bodies: object) -> list[str]:
        """One batch; the messages that come back."""
        return failed(handler.lambda_handler(sqs_event(*bodies), FakeContext()))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_a_new_payouts_workflow_is_started(desk: Desk) -> None:
    desk.house.payouts.put(a_payout())

    assert desk.handle(MESSAGE, MESSAGE) == []
    assert desk.workflows.started == [("po_1", str(NOW // 300_000))] * 2


def test_a_waiting_workflow_is_woken(desk: Desk) -> None:
    desk.house.payouts.put(a_payout(S.RESERVED, task_token="t", awaited=S.PENDING_APPROVAL))

    assert desk.handle(MESSAGE) == []
    assert desk.workflows.woken == [("t", {"payout_id": "po_1", "status": "reserved"})]


def test_a_message_for_nothing_is_acknowledged(desk: Desk) -> None:
    assert desk.handle(MESSAGE) == []


@pytest.mark.parametrize("body", ["", "[]", "{}", {"payout_id": None}])
def test_a_message_that_cannot_be_read_fails_alone(desk: Desk, body: object) -> None:
    desk.house.payouts.put(a_payout())

    assert desk.handle(body, MESSAGE) == ["m0"]
    assert len(desk.workflows.started) == 1


def test_step_functions_out_of_reach_brings_the_message_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(payout_id: str, occasion: str) -> None:
        raise Unavailable("Step Functions did not start the payout's workflow")

    desk.house.payouts.put(a_payout())
    monkeypatch.setattr(desk.workflows, "start", refuse)

    assert desk.handle(MESSAGE) == ["m0"]
