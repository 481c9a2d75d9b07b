"""Who read or wrote which object: S3 writes it down in a bucket of its own."""

from __future__ import annotations

from typing import Final, cast

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs import acknowledged, assessed
from infra.stage import Stage

# A deleted or replaced log can be had back for as long.
OLD_VERSIONS_KEPT: Final = Duration.days(30)


def access_logs_bucket(scope: Construct, stage: Stage) -> s3.Bucket | None:
    """Return the bucket for the stage's access logs; None for a stage that keeps none.

    S3 delivers access logs only to a bucket under its own keys, so this one is not under ours.
    """
    if not stage.told.access_log:
        return None
    bucket = s3.Bucket(
        scope,
        "AccessLogs",
        versioned=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=stage.tls_only,
        encryption=s3.BucketEncryption.S3_MANAGED,
        removal_policy=RemovalPolicy.RETAIN if stage.keep_data else RemovalPolicy.DESTROY,
        lifecycle_rules=[
            s3.LifecycleRule(
                id="Kept",
                expiration=Duration.days(stage.told.trail_days),
                noncurrent_version_expiration=OLD_VERSIONS_KEPT,
            )
        ],
    )
    # The lake's bucket is in a later stack, so the writers are named as CloudFormation names them.
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects("*")],
            conditions={
                "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{stage.stack_name('*')}"},
                "StringEquals": {"aws:SourceAccount": Stack.of(scope).account},
            },
        )
    )
    acknowledged.acknowledge(bucket, assessed.ACCESS_LOGS)
    return bucket


def log_access(bucket: s3.Bucket, into: s3.IBucket | None) -> None:
    """Have S3 write down every request for the bucket's objects, in a folder named by its id."""
    if into is None:
        return
    # CDK's own setting would change the other bucket's policy, across stacks, or its ACL.
    made = cast("s3.CfnBucket", bucket.node.default_child)
    made.logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
        destination_bucket_name=into.bucket_name, log_file_prefix=f"{bucket.node.id.lower()}/"
    )
