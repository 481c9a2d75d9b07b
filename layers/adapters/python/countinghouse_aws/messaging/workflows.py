"""The payout workflows: Step Functions executions, started by name and woken by token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from countinghouse.records import dataclass
from countinghouse_aws.messaging.executions import start_once, unless

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_WOKEN = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})


@dataclass(frozen=True, slots=True)
class StepFunctions:
    """The workflows of one state machine."""

    client: SFNClient
    state_machine_arn: str

    def start(self, payout_id: str, occasion: str) -> None:
        """Start one; its name is payout and occasion, so a repeat does nothing."""
        name, wanted = f"{payout_id}-{occasion}", {"payout_id": payout_id}
        start_once(self.client, self.state_machine_arn, name, wanted, "the payout's workflow")

    def wake(self, task_token: str, payload: Mapping[str, object]) -> None:
        """Let a waiting one go on; one that waits no more is left alone."""
        with unless(_WOKEN, "wake the payout's workflow"):
            self.client.send_task_success(taskToken=task_token, output=json.dumps(payload))
