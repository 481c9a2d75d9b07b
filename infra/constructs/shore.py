"""What all delivery streams flow into, and what each of them may do there."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.alarms import Alarms
from infra.lake_tables import ERRORS
from infra.stage import Stage


@dataclass(frozen=True)
class Shore:
    """What all streams of the lake flow into."""

    stage: Stage
    bucket: s3.IBucket
    key: kms.IKey | None
    database: str
    days: lambda_.IFunction
    alarms: Alarms


def delivery_role(scope: Construct, table: str, shore: Shore, group: logs.LogGroup) -> iam.Role:
    """Return the role of the stream into that table: its folders, schema, function and log."""
    bucket, key, days = shore.bucket, shore.key, shore.days
    folders = [f"{table}/*", f"{ERRORS}/{table}/*"]
    stack = Stack.of(scope)
    schema = [
        stack.format_arn(service="glue", resource=resource)
        for resource in (
            "catalog",
            f"database/{shore.database}",
            f"table/{shore.database}/{table}",
        )
    ]
    allowed = {
        ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"): [
            bucket.arn_for_objects(folder) for folder in folders
        ],
        ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"): [
            bucket.bucket_arn
        ],
        ("glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"): schema,
        # Firehose names the version that it calls.
        ("lambda:GetFunctionConfiguration", "lambda:InvokeFunction"): [
            days.function_arn,
            f"{days.function_arn}:$LATEST",
        ],
        ("logs:PutLogEvents",): [group.log_group_arn],
    }
    if key:
        allowed["kms:Decrypt", "kms:GenerateDataKey"] = [key.key_arn]
    statements = [
        iam.PolicyStatement(actions=list(actions), resources=resources)
        for actions, resources in allowed.items()
    ]
    return iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal(
            "firehose.amazonaws.com",
            conditions={"StringEquals": {"sts:ExternalId": stack.account}},
        ),
        inline_policies={"own": iam.PolicyDocument(statements=statements)},
    )
