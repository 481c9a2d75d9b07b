"""Turns the rows of `infra.catalogue` into IAM statements: named actions on named resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_dynamodb as ddb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from infra.catalogue import LAY_IN_PARTS, LOOK, TAKE
from infra.grants import GRANTS, INSERT, UPDATE, Actions
from infra.lake_tables import QUERY_RESULTS
from infra.stacks.lake import LakeStack

# What DynamoDB asks of a reader's role when the table's key is the customer's,
READ_ENCRYPTED: Final = ("kms:Decrypt", "kms:DescribeKey")
# and of a writer's beside it.
WRITE_ENCRYPTED: Final = (
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
CHANGES: Final = INSERT | UPDATE
# A large result comes in parts, which are given up when the query is.
RESULTS: Final[Actions] = TAKE | LOOK | LAY_IN_PARTS


@dataclass(frozen=True)
class KeyUse:
    """Which services use the customer's key in a function's name, and for what."""

    reads_tables: bool = False
    writes_tables: bool = False
    reads_secrets: bool = False
    takes_objects: bool = False
    lays_objects: bool = False

    def by_service(self) -> dict[str, tuple[str, ...]]:
        """Return what each service may do with the key; nothing for one that is not used."""
        tables = READ_ENCRYPTED if self.reads_tables or self.writes_tables else ()
        objects = ("kms:Decrypt",) if self.takes_objects else ()
        return {
            "dynamodb": (*tables, *(WRITE_ENCRYPTED if self.writes_tables else ())),
            "s3": (*objects, *(("kms:GenerateDataKey",) if self.lays_objects else ())),
            "secretsmanager": ("kms:Decrypt",) if self.reads_secrets else (),
        }


def on_tables(function: str, tables: Mapping[str, ddb.TableV2]) -> list[iam.PolicyStatement]:
    """Return one statement per table or index the function's row names."""
    statements = []
    for target, actions in GRANTS[function].items():
        table, _, index = target.partition("/")
        arn = tables[table].table_arn
        resource = f"{arn}/index/{index}" if index else arn
        statements.append(iam.PolicyStatement(actions=sorted(actions), resources=[resource]))
    return statements


def on_key(key: kms.IKey | None, use: KeyUse) -> list[iam.PolicyStatement]:
    """Return the use of the customer's key, only ever through the service that holds the data.

    A reader cannot encrypt, and nobody calls the key itself.
    """
    if key is None:
        return []
    return [
        iam.PolicyStatement(
            actions=[*actions],
            resources=[key.key_arn],
            conditions={
                "StringEquals": {"kms:ViaService": f"{service}.{key.stack.region}.amazonaws.com"}
            },
        )
        for service, actions in use.by_service().items()
        if actions
    ]


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
    catalogue = lake.format_arn(service="glue", resource="catalog")
    # Athena looks at the first one too, whatever is asked.
    default, database = (
        lake.format_arn(service="glue", resource="database", resource_name=name)
        for name in ("default", lake.database)
    )
    asked = [
        lake.format_arn(service="glue", resource="table", resource_name=f"{lake.database}/{table}")
        for table in tables
    ]
    bucket = lake.bucket
    statements = [
        iam.PolicyStatement(
            actions=["athena:GetQueryExecution", "athena:StartQueryExecution"],
            resources=[lake.workgroup_arn],
        ),
        iam.PolicyStatement(actions=["glue:GetDatabase"], resources=[catalogue, default, database]),
        iam.PolicyStatement(
            actions=["glue:GetPartitions", "glue:GetTable"],
            resources=[catalogue, database, *asked],
        ),
        iam.PolicyStatement(actions=["s3:GetBucketLocation"], resources=[bucket.bucket_arn]),
    ]
    for table in tables:
        statements += use_folder(bucket, table, TAKE | LOOK)
    return statements + use_folder(bucket, QUERY_RESULTS, RESULTS)


def read_secrets(arns: Sequence[str]) -> list[iam.PolicyStatement]:
    """Return the right to read the secrets' live versions."""
    return [iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[*arns])]


def publish_to(bus: events.IEventBus) -> list[iam.PolicyStatement]:
    """Return the right to publish on the bus."""
    return [iam.PolicyStatement(actions=["events:PutEvents"], resources=[bus.event_bus_arn])]


def use_folder(bucket: s3.IBucket, folder: str, actions: Actions) -> list[iam.PolicyStatement]:
    """Return the right to do that with the objects of one folder of the bucket, and no other."""
    statements = [
        iam.PolicyStatement(
            actions=sorted(actions - LOOK), resources=[bucket.arn_for_objects(f"{folder}/*")]
        )
    ]
    if actions & LOOK:
        statements.append(
            iam.PolicyStatement(
                actions=sorted(LOOK),
                resources=[bucket.bucket_arn],
                conditions={"StringLike": {"s3:prefix": [f"{folder}/*"]}},
            )
        )
    return statements


def drive(arn: str, actions: Actions) -> iam.PolicyStatement:
    """Return the right to do that with a state machine: to start it, to end its waits."""
    return iam.PolicyStatement(actions=sorted(actions), resources=[arn])
