"""The one way a Lambda function is made: every default and every permission of its role is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.catalogue import (
    LAYERS_BEYOND,
    MEMORY_MB,
    TRAILS,
    WAITING_MEMORY_MB,
    construct_id,
)
from infra.constructs import acknowledged, assessed
from infra.constructs.alarms import PERIOD, Alarms
from infra.constructs.log_group import log_group
from infra.routes import ROUTES
from infra.stage import Stage
from infra.timeouts import timeout_s

# ministack runs any python3.* with the interpreter it runs on itself, so one string serves both.
RUNTIME: Final = lambda_.Runtime.PYTHON_3_13
NOT_TRACED: Final = lambda_.Tracing.DISABLED
OPEN_TO_ALL: Final = {route.function for route in ROUTES if not route.authorised}


@dataclass(frozen=True)
class Surroundings:
    """What all functions of a stack share."""

    stage: Stage
    assets: Path
    layers: Sequence[lambda_.ILayerVersion]
    # By function, what only it has.
    beyond: Mapping[str, Sequence[lambda_.ILayerVersion]]
    alarms: Alarms
    # What the logs are encrypted with.
    key: kms.IKey | None


class ServiceFunction(Construct):
    """A function with a role of its own, a log group that ends, and an alarm on its errors."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        around: Surroundings,
        environment: Mapping[str, str],
        statements: Sequence[iam.PolicyStatement],
    ) -> None:
        """Build the function `functions/<name>`; `statements` is all it may do besides logging."""
        super().__init__(scope, construct_id(name))
        stage = around.stage
        self.timeout_s = timeout_s(name, stage)
        physical = f"countinghouse-{stage.name}-{name.replace('_', '-')}"
        days = stage.told.trail_days if name in TRAILS else stage.told.log_days
        # Named as Lambda would, so that every tool finds it.
        named = f"/aws/lambda/{physical}"
        group = log_group(self, "Log", stage=stage, key=around.key, name=named, days=days)
        traced = _tracing(name, stage)
        self.role = self._role(group, statements, is_traced=traced is not NOT_TRACED)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=physical,
            description=f"functions/{name}",
            code=lambda_.Code.from_asset(str(around.assets / f"fn-{name}")),
            handler=f"functions.{name}.handler.lambda_handler",
            runtime=RUNTIME,
            architecture=_architecture(stage),
            memory_size=WAITING_MEMORY_MB.get(name, MEMORY_MB),
            timeout=Duration.seconds(self.timeout_s),
            layers=[*around.layers, *around.beyond.get(name, ())],
            # CDK may not widen the role behind the grants table's back.
            role=self.role.without_policy_updates(),
            log_group=group,
            # Without START, END and REPORT of what went well: Lambda's metrics have durations.
            logging_format=lambda_.LoggingFormat.JSON,
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
            tracing=traced,
            reserved_concurrent_executions=stage.reserved_concurrency.get(name),
            environment={
                "STAGE": stage.name,
                "LOG_LEVEL": stage.log_level,
                "POWERTOOLS_SERVICE_NAME": name,
                "POWERTOOLS_METRICS_NAMESPACE": "Countinghouse",
                **environment,
            },
        )
        acknowledged.acknowledge(self.role, assessed.ROLE)
        if traced is not NOT_TRACED:
            acknowledged.acknowledge(self.role, acknowledged.ROLE)
        for rules in (acknowledged.FUNCTION, assessed.of_function(name, stage)):
            acknowledged.acknowledge(self.function, rules)
        self._watch(name, around.alarms)

    def _watch(self, name: str, alarms: Alarms) -> None:
        """Alarm when the function raises or times out."""
        alarms.above(
            self,
            "Errors",
            self.function.metric_errors(period=PERIOD, statistic="Sum"),
            limit=0,
            says=f"{name} raised or timed out.",
            anchor="function-errors",
        )

    def _role(
        self,
        group: logs.LogGroup,
        statements: Sequence[iam.PolicyStatement],
        *,
        is_traced: bool,
    ) -> iam.Role:
        """Return the function's own role, its whole policy written out in one document."""
        own = [
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[group.log_group_arn],
            )
        ]
        if is_traced:
            # X-Ray knows no resources to name.
            own.append(
                iam.PolicyStatement(
                    actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"]
                )
            )
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"own": iam.PolicyDocument(statements=[*own, *statements])},
        )


def surroundings(
    scope: Construct, stage: Stage, assets: Path, alarms: Alarms, key: kms.IKey | None
) -> Surroundings:
    """Return what all functions share, with the layers made for it.

    Third-party code is apart, since it changes a hundred times less often; what some functions have
    beyond is a layer of its own, so that no other pays for it.
    """
    parts = sorted({part for parts in LAYERS_BEYOND.values() for part in parts})
    made = {part: _layer(scope, stage, assets, part) for part in parts}
    return Surroundings(
        stage,
        assets,
        [_layer(scope, stage, assets, part) for part in ("vendor", "adapters", "core")],
        {name: [made[part] for part in parts] for name, parts in LAYERS_BEYOND.items()},
        alarms,
        key,
    )


def _layer(scope: Construct, stage: Stage, assets: Path, part: str) -> lambda_.LayerVersion:
    return lambda_.LayerVersion(
        scope,
        f"{part.capitalize()}Layer",
        code=lambda_.Code.from_asset(str(assets / f"layer-{part}")),
        compatible_runtimes=[RUNTIME],
        compatible_architectures=[_architecture(stage)],
        description=f"Countinghouse {part}, {Stack.of(scope).stack_name}",
    )


def _tracing(name: str, stage: Stage) -> lambda_.Tracing:
    """Whether and when Lambda traces it; a stranger's header orders no traces."""
    if stage.told.traces == "sampled":
        return lambda_.Tracing.ACTIVE
    if stage.told.traces == "asked" and name not in OPEN_TO_ALL:
        return lambda_.Tracing.PASS_THROUGH
    return NOT_TRACED


def _architecture(stage: Stage) -> lambda_.Architecture:
    if stage.architecture == "arm64":
        return lambda_.Architecture.ARM_64
    return lambda_.Architecture.X86_64
