"""A stack that does much of it wrong: a rule pack that finds nothing here is asleep."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tools.secure.rule_packs import Report, add_packs, read_report

PLANTED: Final[Mapping[str, frozenset[str]]] = {
    "AwsSolutions": frozenset({"IAM5[Action::dynamodb:*]", "S1", "SQS3"}),
    "Serverless": frozenset({"LambdaDLQ", "SQSRedrivePolicy"}),
    "PCI.DSS.321": frozenset(
        {
            "CloudWatchLogGroupEncrypted",
            "IAMPolicyNoStatementsWithAdminAccess",
            "S3BucketLoggingEnabled",
            "S3DefaultEncryptionKMS",
        }
    ),
    "NIST.800.53.R5": frozenset(
        {
            "CloudWatchLogGroupEncrypted",
            "LambdaConcurrency",
            "S3BucketLoggingEnabled",
            "S3BucketVersioningEnabled",
            "SecretsManagerRotationEnabled",
        }
    ),
}
"""By pack, rules that it must find broken."""


def planted(folder: Path) -> Report:
    """Return what the packs say of that stack, synthesized into the folder."""
    from aws_cdk import App, Stack
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_secretsmanager as secrets
    from aws_cdk import aws_sqs as sqs

    app = App(outdir=str(folder), analytics_reporting=False)
    add_packs(app)
    stack = Stack(app, "Planted")
    role = iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())
    role.add_to_policy(iam.PolicyStatement(actions=["dynamodb:*"], resources=["*"]))
    role.add_to_policy(iam.PolicyStatement(actions=["*"], resources=["*"]))
    s3.Bucket(stack, "Bucket")
    logs.LogGroup(stack, "Log")
    secrets.Secret(stack, "Secret")
    sqs.Queue(stack, "Queue")
    lambda_.Function(
        stack,
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    # A finding makes it raise, after the report is written; and CDK prints what was planted.
    unread = io.TextIOWrapper(io.BytesIO())
    with contextlib.redirect_stderr(unread), contextlib.suppress(RuntimeError):
        app.synth()
    return read_report(folder)


def found(report: Report, pack: str) -> frozenset[str]:
    """Return the planted faults that the pack found."""
    rules = {one.rule.removeprefix(f"{pack}-") for one in report.unexplained if one.pack == pack}
    return PLANTED[pack] & rules
