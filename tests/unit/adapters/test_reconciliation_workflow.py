import json
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from countinghouse.domain.errors import Unavailable
from countinghouse_aws.messaging.reconciliation_workflow import StepFunctionsReconciliation
from tests.runs import a_run

ARN = "arn:aws:states:eu-west-1:1:stateMachine:reconciliation"


class Machines:
    """The executions that were started; `error` is raised instead."""

    def __init__(self, error: Exception | None = None) -> None:
        self.started: list[dict[str, Any]] = []
        self.error = error

    def start_execution(self, **wanted: Any) -> None:
        if self.error is not None:
            raise self.error
        self.started.append(wanted)


def refusal(code: str) -> ClientError:
    error: Any = {"Error": {"Code": code, "Message": ""}}
    return ClientError(error, "StartExecution")


def start(machines: Machines) -> None:
    StepFunctionsReconciliation(cast(Any, machines), ARN).start(a_run())


def test_it_is_started_with_its_day_under_its_executions_name() -> None:
    machines = Machines()

    start(machines)

    (started,) = machines.started
    assert (started["stateMachineArn"], started["name"]) == (ARN, "rec_sandbox_20261122-1")
    assert json.loads(started["input"]) == {
        "psp": "sandbox",
        "date": "2026-11-22",
        "requested_by": "ada",
    }


def test_what_was_started_before_is_started() -> None:
    start(Machines(refusal("ExecutionAlreadyExists")))


@pytest.mark.parametrize(
    "error", [refusal("ThrottlingException"), ReadTimeoutError(endpoint_url="states")]
)
def test_what_is_not_started_may_be_later(error: Exception) -> None:
    with pytest.raises(Unavailable):
        start(Machines(error))
