"""The monthly run's state machine, started as its schedule does."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from tools.client import Client, Json
from tools.local.failure import LocalFailure

_RUNNING = "RUNNING"
_LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution of the run."""

    client: Client
    arn: str

    def output(self) -> Json | None:
        """What it said in the end; None while it runs. Raises LocalFailure when it failed."""
        found = self.client.aws("stepfunctions").describe_execution(executionArn=self.arn)
        if found["status"] == _RUNNING:
            return None
        if found["status"] != "SUCCEEDED":
            said = f"{found.get('error', '')} {found.get('cause', '')}".strip()
            raise LocalFailure(f"the payout run {found['status'].lower()}: {said}")
        output: Json = json.loads(found["output"])
        return output

    def wait(self) -> Json:
        """The same, waited for."""
        while (output := self.output()) is None:
            time.sleep(_LOOK_S)
        return output


def start(client: Client, said: Json) -> Execution:
    """Start it; the schedule says nothing, and so means the month it starts in."""
    arn = client.endpoints.state_machine_arns["payout_run"]
    started = client.aws("stepfunctions").start_execution(
        stateMachineArn=arn, input=json.dumps(said)
    )
    return Execution(client, started["executionArn"])
