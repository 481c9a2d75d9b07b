"""The daily reconciliation: Step Functions executions, started by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from countinghouse.domain.reconciliation import Run
from countinghouse.records import dataclass
from countinghouse_aws.messaging.executions import start_once

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, slots=True)
class StepFunctionsReconciliation:
    """The state machine `reconciliation`."""

    client: SFNClient
    state_machine_arn: str

    def start(self, run: Run) -> None:
        """Start the run's execution, once under its name. Raises Unavailable."""
        wanted = {"psp": run.psp, "date": run.day, "requested_by": run.requested_by}
        start_once(self.client, self.state_machine_arn, run.execution, wanted, "the reconciliation")
