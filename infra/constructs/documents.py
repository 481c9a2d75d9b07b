"""The bucket of what is written down for people and for the PSP: lists, statements, settlements."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs import acknowledged, assessed
from infra.constructs.access_logs import log_access
from infra.stage import Stage


def documents_bucket(
    scope: Construct, stage: Stage, key: kms.IKey | None, access_logs: s3.IBucket | None
) -> s3.Bucket:
    """Return the bucket: every version kept, nothing public, under the stage's key if it has one.

    Without data to keep it goes with its stack, but only when empty: emptying it would take a
    function of CDK's own, with a role wider than any of ours. The emulator does not mind.
    """
    bucket = s3.Bucket(
        scope,
        "Documents",
        versioned=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=stage.tls_only,
        encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
        encryption_key=key,
        # One call to KMS for many objects, not one for each.
        bucket_key_enabled=True if key else None,
        removal_policy=RemovalPolicy.RETAIN if stage.keep_data else RemovalPolicy.DESTROY,
    )
    log_access(bucket, access_logs)
    acknowledged.acknowledge(bucket, assessed.DOCUMENTS)
    return bucket
