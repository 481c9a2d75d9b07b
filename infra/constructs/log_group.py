"""Every log group: it ends after a while, and is under the stage's key where there is one."""

from __future__ import annotations

from typing import Final

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.stage import Stage

# What CloudWatch Logs does with a key, by its documentation, spelt out.
_USES: Final = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def log_group(
    scope: Construct,
    construct_id: str,
    *,
    stage: Stage,
    key: kms.IKey | None,
    name: str | None = None,
    days: int | None = None,
) -> logs.LogGroup:
    """Return a log group kept for `days`, else as long as the stage keeps its logs.

    A name must begin as `names_of` says, or CloudWatch Logs may not use the key for it.
    """
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        encryption_key=key,
        retention=retention(days or stage.told.log_days),
        removal_policy=RemovalPolicy.RETAIN if stage.keep_data else RemovalPolicy.DESTROY,
    )


def names_of(stage: Stage) -> tuple[str, ...]:
    """Return how the names of the stage's log groups begin.

    CloudFormation names those that have no name of their own after the stack.
    """
    return (
        f"/aws/lambda/countinghouse-{stage.name}-",
        f"/aws/kinesisfirehose/countinghouse-{stage.name}-",
        f"/aws/vendedlogs/states/countinghouse-{stage.name}-",
        f"{stage.stack_name('service')}-",
    )


def let_logs_use(key: kms.Key, stage: Stage) -> None:
    """Let CloudWatch Logs use the key, for the stage's own log groups and no others."""
    stack = key.stack
    groups = [
        f"arn:aws:logs:{stack.region}:{stack.account}:log-group:{n}*" for n in names_of(stage)
    ]
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
            actions=list(_USES),
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    )


def retention(days: int) -> logs.RetentionDays:
    """Return CDK's spelling of a retention in days."""
    return {
        1: logs.RetentionDays.ONE_DAY,
        14: logs.RetentionDays.TWO_WEEKS,
        30: logs.RetentionDays.ONE_MONTH,
        365: logs.RetentionDays.ONE_YEAR,
    }[days]
