"""What a Distributed Map asks of its machine: children, a list to read, a place for results."""

from __future__ import annotations

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.workflow import machine_arn, machine_name
from infra.stage import Stage


def own_children(scope: Construct, stage: Stage, machine: str) -> list[iam.PolicyStatement]:
    """Return the right to run a map's children: they are executions of the machine itself."""
    children = Stack.of(scope).format_arn(
        service="states",
        resource="execution",
        resource_name=f"{machine_name(stage, machine)}:*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return [
        iam.PolicyStatement(
            actions=["states:StartExecution"], resources=[machine_arn(scope, stage, machine)]
        ),
        iam.PolicyStatement(
            actions=["states:DescribeExecution", "states:StopExecution"], resources=[children]
        ),
    ]


def lists_and_results(
    documents: s3.IBucket, lists: str, results: str, key: kms.IKey | None
) -> list[iam.PolicyStatement]:
    """Return the right to read a list and to write, in parts, what became of its items."""
    statements = [
        iam.PolicyStatement(
            actions=["s3:GetObject"], resources=[documents.arn_for_objects(f"{lists}/*")]
        ),
        iam.PolicyStatement(
            actions=[
                "s3:AbortMultipartUpload",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ],
            resources=[documents.arn_for_objects(f"{results}/*")],
        ),
    ]
    if key:
        statements.append(
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn]
            )
        )
    return statements
