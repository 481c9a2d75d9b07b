"""The month's close: Step Functions executions, started by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.close import Month
from countinghouse.domain.errors import Unavailable

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_STARTED = "ExecutionAlreadyExists"


@dataclass(frozen=True, slots=True)
class StepFunctionsClose:
    """The state machine `month_close`."""

    client: SFNClient
    state_machine_arn: str

    def start(self, month: Month, name: str) -> None:
        """Start it, once under that name. Raises Unavailable."""
        try:
            self.client.start_execution(
                stateMachineArn=self.state_machine_arn,
                name=name,
                input=json.dumps({"month": month}),
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != _STARTED:
                raise Unavailable("Step Functions did not start the close") from error
        except BotoCoreError as error:
            raise Unavailable("Step Functions did not start the close") from error
