"""Turns the rows of `infra.catalogue` into IAM statements: named actions on named resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from aws_cdk import aws_dynamodb as ddb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from infra.catalogue import LAY, TAKE
from infra.grants import APPEND, GRANTS, WRITE, Actions
from infra.lake_tables import QUERY_RESULTS
from infra.stacks.lake import LakeStack

DECRYPT: Final = ("kms:Decrypt", "kms:DescribeKey")
DATA_KEY: Final = "kms:GenerateDataKey"
# What DynamoDB asks of a writer's role when the table's key is the customer's.
ENCRYPT: Final = (
    "kms:Encrypt",
    DATA_KEY,
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
CHANGES: Final = APPEND | WRITE
# A large result comes in parts, which are given up when the query is.
RESULTS: Final[Actions] = TAKE | LAY | {"s3:AbortMultipartUpload"}


def on_tables(function: str, tables: Mapping[str, ddb.TableV2]) -> list[iam.PolicyStatement]:
    """Return one statement per table or index the function's row names."""
    statements = []
    for target, actions in GRANTS[function].items():
        table, _, index = target.partition("/")
        arn = tables[table].table_arn
        resource = f"{arn}/index/{index}" if index else arn
        statements.append(iam.PolicyStatement(actions=sorted(actions), resources=[resource]))
    return statements


def on_key(
    grants: Iterable[Actions], key: kms.IKey | None, *, also_reads: bool, also_lays: bool = False
) -> list[iam.PolicyStatement]:
    """Return the key's share of the table grants; a reader cannot encrypt.

    `also_reads` says that the function reads something else under the key: the secret, a stream, a
    document; `also_lays` that it writes documents, for which S3 asks a data key of its role.
    """
    used = frozenset[str]().union(*grants)
    if key is None or not (used or also_reads or also_lays):
        return []
    data_key = (DATA_KEY,) if also_lays else ()
    actions = [*DECRYPT, *(ENCRYPT if used & CHANGES else data_key)]
    return [iam.PolicyStatement(actions=actions, resources=[key.key_arn])]


def send_to(arns: Sequence[str]) -> list[iam.PolicyStatement]:
    """Return the right to send to these queues, singly or in batches."""
    if not arns:
        return []
    return [iam.PolicyStatement(actions=["sqs:SendMessage"], resources=list(arns))]


def read_streams(arns: Sequence[str]) -> list[iam.PolicyStatement]:
    """Return what Lambda's stream poller needs of its function's role."""
    if not arns:
        return []
    return [
        iam.PolicyStatement(
            actions=["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
            resources=list(arns),
        ),
        # Lambda refuses the mapping without it, and IAM knows no resource for a listing.
        iam.PolicyStatement(actions=["dynamodb:ListStreams"], resources=["*"]),
    ]


def put_on(arns: Sequence[str]) -> list[iam.PolicyStatement]:
    """Return the right to put records on these delivery streams."""
    if not arns:
        return []
    return [iam.PolicyStatement(actions=["firehose:PutRecordBatch"], resources=list(arns))]


def query_lake(lake: LakeStack, tables: Sequence[str]) -> list[iam.PolicyStatement]:
    """Return the right to run queries over these tables and to read what they found.

    Athena acts in the name of whoever asks: in the catalogue, on the tables' folders, on the folder
    of the results.
    """
    catalogue = [
        lake.format_arn(service="glue", resource=resource, resource_name=name)
        for resource, name in (
            ("catalog", None),
            # Athena looks at this one too, whatever is asked.
            ("database", "default"),
            ("database", lake.database),
            *(("table", f"{lake.database}/{table}") for table in tables),
        )
    ]
    bucket = lake.bucket
    statements = [
        iam.PolicyStatement(
            actions=["athena:GetQueryExecution", "athena:StartQueryExecution"],
            resources=[lake.workgroup_arn],
        ),
        iam.PolicyStatement(
            actions=["glue:GetDatabase", "glue:GetPartitions", "glue:GetTable"],
            resources=catalogue,
        ),
        iam.PolicyStatement(actions=["s3:GetBucketLocation"], resources=[bucket.bucket_arn]),
    ]
    for table in tables:
        statements += use_folder(bucket, table, TAKE)
    return statements + use_folder(bucket, QUERY_RESULTS, RESULTS)


def read_secrets(arns: Sequence[str]) -> list[iam.PolicyStatement]:
    """Return the right to read the secrets' live versions."""
    return [iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[*arns])]


def publish_to(bus: events.IEventBus) -> list[iam.PolicyStatement]:
    """Return the right to publish on the bus."""
    return [iam.PolicyStatement(actions=["events:PutEvents"], resources=[bus.event_bus_arn])]


def use_folder(bucket: s3.IBucket, folder: str, actions: Actions) -> list[iam.PolicyStatement]:
    """Return the right to do that with the objects of one folder of the bucket.

    Who may read may ask what there is: without that, S3 says of a missing object that it is
    forbidden.
    """
    arn = bucket.arn_for_objects(f"{folder}/*")
    statements = [iam.PolicyStatement(actions=sorted(actions), resources=[arn])]
    if actions & TAKE:
        statements.append(
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[bucket.bucket_arn],
                conditions={"StringLike": {"s3:prefix": [f"{folder}/*"]}},
            )
        )
    return statements


def drive(arn: str, actions: Actions) -> iam.PolicyStatement:
    """Return the right to do that with a state machine: to start it, to end its waits."""
    return iam.PolicyStatement(actions=sorted(actions), resources=[arn])
