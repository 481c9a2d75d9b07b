import json
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from countinghouse.domain.errors import Unavailable
from countinghouse_aws.messaging.workflows import StepFunctions

ARN = "arn:aws:states:eu-central-1:000000000000:stateMachine:payout"


class States:
    """Remembers its calls; or fails as told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.calls: list[dict[str, Any]] = []

    def start_execution(self, **call: Any) -> None:
        self._take(call)

    def send_task_success(self, **call: Any) -> None:
        self._take(call)

    def _take(self, call: dict[str, Any]) -> None:
        self.calls.append(call)
        if self.error is not None:
            raise self.error


def workflows(states: States) -> StepFunctions:
    return StepFunctions(cast(Any, states), ARN)


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Any")


def test_an_execution_is_named_for_its_payout_and_occasion() -> None:
    states = States()

    workflows(states).start("po_1", "5983333")

    (call,) = states.calls
    assert (call["stateMachineArn"], call["name"]) == (ARN, "po_1-5983333")
    assert json.loads(call["input"]) == {"payout_id": "po_1"}


def test_a_workflow_is_woken_by_its_token() -> None:
    states = States()

    workflows(states).wake("token", {"payout_id": "po_1"})

    (call,) = states.calls
    assert call["taskToken"] == "token"
    assert json.loads(call["output"]) == {"payout_id": "po_1"}


def test_one_that_runs_already_is_not_doubled() -> None:
    workflows(States(failure("ExecutionAlreadyExists"))).start("po_1", "1")


@pytest.mark.parametrize("code", ["TaskDoesNotExist", "TaskTimedOut", "InvalidToken"])
def test_one_that_waits_no_more_is_left_alone(code: str) -> None:
    workflows(States(failure(code))).wake("token", {})


@pytest.mark.parametrize(
    "error",
    [
        failure("ThrottlingException"),
        failure("ExecutionLimitExceeded"),
        ReadTimeoutError(endpoint_url="https://states"),
    ],
)
def test_anything_else_may_work_later(error: Exception) -> None:
    with pytest.raises(Unavailable):
        workflows(States(error)).start("po_1", "1")
    with pytest.raises(Unavailable):
        workflows(States(error)).wake("token", {})


def test_each_success_is_only_its_own_calls() -> None:
    with pytest.raises(Unavailable):
        workflows(States(failure("TaskTimedOut"))).start("po_1", "1")
    with pytest.raises(Unavailable):
        workflows(States(failure("ExecutionAlreadyExists"))).wake("token", {})
