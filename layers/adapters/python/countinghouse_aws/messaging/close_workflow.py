"""The month's close: Step Functions executions, started by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from countinghouse.domain.close import Month
from countinghouse.records import dataclass
from countinghouse_aws.messaging.executions import start_once

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, slots=True)
class StepFunctionsClose:
    """The state machine `month_close`."""

    client: SFNClient
    state_machine_arn: str

    def start(self, month: Month, name: str) -> None:
        """Start it, once under that name. Raises Unavailable."""
        start_once(self.client, self.state_machine_arn, name, {"month": month}, "the close")
