"""The daily reconciliation: Step Functions executions, started by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.reconciliation import Run

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_STARTED = "ExecutionAlreadyExists"


@dataclass(frozen=True, slots=True)
class StepFunctionsReconciliation:
    """The state machine `reconciliation`."""

    client: SFNClient
    state_machine_arn: str

    def start(self, run: Run) -> None:
        """Start the run's execution, once under its name. Raises Unavailable."""
        wanted = {"psp": run.psp, "date": run.day, "requested_by": run.requested_by}
        try:
            self.client.start_execution(
                stateMachineArn=self.state_machine_arn,
                name=run.execution,
                input=json.dumps(wanted),
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != _STARTED:
                raise Unavailable("Step Functions did not start the reconciliation") from error
        except BotoCoreError as error:
            raise Unavailable("Step Functions did not start the reconciliation") from error
