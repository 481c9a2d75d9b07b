"""The payout workflows: Step Functions executions, started by name and woken by token."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.errors import Unavailable

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_STARTED = frozenset({"ExecutionAlreadyExists"})
_WOKEN = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})


@dataclass(frozen=True, slots=True)
class StepFunctions:
    """The workflows of one state machine."""

    client: SFNClient
    state_machine_arn: str

    def start(self, payout_id: str, occasion: str) -> None:
        """Start one; its name is payout and occasion, so a repeat does nothing."""
        with _unless(_STARTED, "start the payout's workflow"):
            self.client.start_execution(
                stateMachineArn=self.state_machine_arn,
                name=f"{payout_id}-{occasion}",
                input=json.dumps({"payout_id": payout_id}),
            )

    def wake(self, task_token: str, payload: Mapping[str, object]) -> None:
        """Let a waiting one go on; one that waits no more is left alone."""
        with _unless(_WOKEN, "wake the payout's workflow"):
            self.client.send_task_success(taskToken=task_token, output=json.dumps(payload))


@contextmanager
def _unless(done: frozenset[str], wanted: str) -> Iterator[None]:
    """Take the errors that say it was done before for success, any other for Unavailable."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in done:
            raise Unavailable(f"Step Functions did not {wanted}") from error
    except BotoCoreError as error:
        raise Unavailable(f"Step Functions did not {wanted}") from error
