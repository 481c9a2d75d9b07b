"""A state machine from a committed file: its own role, log, trace and alarms.

A machine's name is fixed, and its ARN made of the name: the functions a machine calls are allowed
things on it, so neither may wait for the other to exist.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.catalogue import construct_id
from infra.constructs import acknowledged, assessed
from infra.constructs.alarms import PERIOD, Alarms, Anchor
from infra.constructs.log_group import log_group
from infra.stage import Stage

FILES: Final = Path(__file__).resolve().parent.parent / "workflows"
# IAM knows no resource for either: Step Functions sets up its own log delivery, X-Ray is one place.
_LOGGING: Final = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
_TRACING: Final = (
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)


def machine_name(stage: Stage, name: str) -> str:
    """Return the machine's physical name."""
    return f"countinghouse-{stage.name}-{name.replace('_', '-')}"


def machine_arn(scope: Construct, stage: Stage, name: str) -> str:
    """Return the machine's ARN, whether or not it exists yet."""
    return Stack.of(scope).format_arn(
        service="states",
        resource="stateMachine",
        resource_name=machine_name(stage, name),
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )


def definition(name: str, stage: Stage, numbers: Mapping[str, int]) -> str:
    """Return the file's text with its numbers in place; its names are CloudFormation's to fill.

    A quoted placeholder keeps the file valid JSON, but where ASL wants a number, CloudFormation
    would leave the quotes on.
    """
    text = (FILES / f"{name}.asl.json").read_text(encoding="utf-8")
    for placeholder, number in numbers.items():
        text = text.replace(f'"${{{placeholder}}}"', str(number))
    found: dict[str, Any] = json.loads(text)
    if stage.spells_timeouts_out:
        rungs = sorted({int(rung) for rung in stage.poll_ladder_s.split(",")}, reverse=True)
        for state in list(found["States"]):
            if "TimeoutSecondsPath" in found["States"][state]:
                _spell_out(found["States"], state, rungs)
    return json.dumps(found)


def _spell_out(states: dict[str, dict[str, Any]], name: str, rungs: Sequence[int]) -> None:
    """Replace a state whose timeout comes with its input by one state for each length of timeout.

    The longest that is not too long is taken: who wakes too early is told to wait on.
    """
    waiting = states[name]
    path = waiting.pop("TimeoutSecondsPath")
    for rung in rungs:
        states[f"{name}{rung}s"] = {**waiting, "TimeoutSeconds": rung}
    states[name] = {
        "Type": "Choice",
        "Choices": [
            {"Variable": path, "NumericGreaterThanEquals": rung, "Next": f"{name}{rung}s"}
            for rung in rungs
        ],
        "Default": f"{name}{rungs[-1]}s",
    }


class Workflow(Construct):
    """One Standard machine over `infra/workflows/<name>.asl.json`."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        key: kms.IKey | None,
        statements: Sequence[iam.PolicyStatement],
        names: Mapping[str, str],
        numbers: Mapping[str, int],
    ) -> None:
        """Build the machine; `names` and `numbers` fill the file's placeholders."""
        super().__init__(scope, f"{construct_id(name)}Workflow")
        self._name = name
        physical = machine_name(stage, name)
        group = log_group(
            self,
            "Log",
            stage=stage,
            key=key,
            # Under this prefix no machine adds to the account's one small policy of log deliveries.
            name=f"/aws/vendedlogs/states/{physical}",
        )
        unnamed = [*_LOGGING, *(_TRACING if stage.told.traces != "none" else ())]
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
            inline_policies={
                "own": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(actions=unnamed, resources=["*"]),
                        *statements,
                    ]
                )
            },
        )
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=physical,
            state_machine_type=sfn.StateMachineType.STANDARD,
            comment=f"infra/workflows/{name}.asl.json",
            definition_body=sfn.DefinitionBody.from_string(definition(name, stage, numbers)),
            definition_substitutions=dict(names),
            role=self.role.without_policy_updates(),
            logs=sfn.LogOptions(
                destination=group,
                level=sfn.LogLevel.ERROR,
                include_execution_data=False,
            ),
            tracing_enabled=stage.told.traces != "none",
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledged.acknowledge(self.role, acknowledged.MACHINE_ROLE)
        acknowledged.acknowledge(self.role, assessed.ROLE)
        acknowledged.acknowledge(self.machine, acknowledged.MACHINE)

    def watch(self, alarms: Alarms, anchor: Anchor) -> None:
        """Alarm on the first execution that fails, or outlives the bound its file gives it."""
        for alarm_id, metric in {
            "Failed": self.machine.metric_failed(period=PERIOD, statistic="Sum"),
            "TimedOut": self.machine.metric_timed_out(period=PERIOD, statistic="Sum"),
        }.items():
            alarms.above(
                self,
                alarm_id,
                metric,
                limit=0,
                says=f"An execution of {self._name} did not come to its end.",
                anchor=anchor,
            )
