"""Tables and queues that rows use, shaped like the deployed ones (docs/naming.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.engine.engines import Engine

HASH, INDEX = "order_id", "due"
WAIT = {"Delay": 2, "MaxAttempts": 90}


def table(engine: Engine) -> str:
    """A table with one key, a sparse index by number and a stream; the same one for every row."""
    return engine.once("table", lambda: make_table(engine, (HASH,), index=True))


def book(engine: Engine) -> str:
    """A table with two keys."""
    return engine.once("book", lambda: make_table(engine, ("book", "entry")))


def make_table(engine: Engine, keys: tuple[str, ...], *, index: bool = False) -> str:
    """A new table. Waits until it is there."""
    dynamodb, name = engine.client("dynamodb"), engine.fresh("table")
    kinds = dict.fromkeys(keys, "S")
    wanted: dict[str, Any] = {"TableName": name, "BillingMode": "PAY_PER_REQUEST"}
    if index:
        kinds |= {"due_shard": "S", "due_at": "N"}
        by_due = {
            "IndexName": INDEX,
            "KeySchema": schema("due_shard", "due_at"),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
        wanted["GlobalSecondaryIndexes"] = [by_due]
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        wanted["StreamSpecification"] = stream
    dynamodb.create_table(
        **wanted,
        KeySchema=schema(*keys),
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": kind} for attribute, kind in kinds.items()
        ],
    )
    engine.removed_by(dynamodb.delete_table, TableName=name)
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig=WAIT)
    return name


def schema(*keys: str) -> list[dict[str, str]]:
    """Keys as DynamoDB is told of them."""
    kinds = ("HASH", "RANGE")
    return [
        {"AttributeName": name, "KeyType": kind} for name, kind in zip(keys, kinds, strict=False)
    ]


def make_queue(
    engine: Engine, attributes: Mapping[str, str] | None = None, *, fifo: bool = False
) -> str:
    """A new queue; its URL."""
    sqs, wanted = engine.client("sqs"), dict(attributes or {})
    name = engine.fresh("queue") + (".fifo" if fifo else "")
    if fifo:
        wanted |= {"FifoQueue": "true", "DeduplicationScope": "messageGroup"}
        wanted |= {"FifoThroughputLimit": "perMessageGroupId"}
    url: str = sqs.create_queue(QueueName=name, Attributes=wanted)["QueueUrl"]
    engine.removed_by(sqs.delete_queue, QueueUrl=url)
    return url


def arn_of(engine: Engine, url: str) -> str:
    """A queue's ARN."""
    wanted = {"QueueUrl": url, "AttributeNames": ["QueueArn"]}
    found: str = engine.client("sqs").get_queue_attributes(**wanted)["Attributes"]["QueueArn"]
    return found


def redrive_to(engine: Engine, url: str, after: int) -> dict[str, str]:
    """The attribute that sends to a dead-letter queue what was received so often."""
    policy = {"deadLetterTargetArn": arn_of(engine, url), "maxReceiveCount": after}
    return {"RedrivePolicy": json.dumps(policy)}


def receive(engine: Engine, url: str, **more: Any) -> list[dict[str, Any]]:
    """Messages of a queue, at most ten."""
    found: list[dict[str, Any]] = (
        engine.client("sqs")
        .receive_message(
            QueueUrl=url,
            WaitTimeSeconds=engine.listen_s,
            MessageSystemAttributeNames=["All"],
            **({"MaxNumberOfMessages": 10} | more),
        )
        .get("Messages", [])
    )
    return found


def bodies(messages: list[dict[str, Any]]) -> list[str]:
    """What they say."""
    return [message["Body"] for message in messages]
