"""DynamoDB's streams: what the relay and the lake read."""

from __future__ import annotations

from typing import Any

from tests.engine.engines import Engine
from tests.engine.row import row
from tests.engine.rows_of_items import put, update
from tests.engine.rows_of_transactions import add, key, write
from tests.engine.rows_of_transactions import put as put_item
from tests.engine.things import HASH, table


def records(engine: Engine, *wanted: str) -> list[dict[str, Any]]:
    """What the stream tells of these rows, shard by shard, each in the shard's order."""
    streams = engine.client("dynamodbstreams")
    (stream,) = streams.list_streams(TableName=table(engine))["Streams"]
    arn, found = stream["StreamArn"], []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        # A shard that is still open has no end: an empty page is enough to have read it.
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            found += page["Records"]
            iterator = page.get("NextShardIterator") if page["Records"] else None
    return [one for one in found if one["dynamodb"]["Keys"][HASH]["S"] in wanted]


def told(one: dict[str, Any]) -> list[object]:
    """A record in short: what happened, with `n` before and after."""
    images = [one["dynamodb"].get(f"{which}Image", {}) for which in ("Old", "New")]
    return [one["eventName"], *(image.get("n", {}).get("N") for image in images)]


@row(
    "stream.changes",
    "Each change of a row is one record, in order, with the row before and after",
    aws=[["INSERT", None, "1"], ["MODIFY", "1", "2"], ["REMOVE", "2", None]],
    because="the committed change is the message: the relay sends what follows from it",
)
def changes(engine: Engine) -> object:
    text = engine.fresh()
    put(engine, text, n={"N": "1"})
    update(engine, text, "SET n = :two", v={":two": {"N": "2"}})
    engine.client("dynamodb").delete_item(TableName=table(engine), Key=key(text))
    found = engine.eventually(lambda: records(engine, text), lambda seen: len(seen) >= 3)
    return [told(one) for one in found]


@row(
    "stream.no-change",
    "An update that changes nothing is not told",
    aws=[["INSERT", None, "1"], ["MODIFY", "1", "2"]],
    because="cost alone: the relay is indifferent to it",
)
def no_change(engine: Engine) -> object:
    text = engine.fresh()
    put(engine, text, n={"N": "1"})
    update(engine, text, "SET n = :one", v={":one": {"N": "1"}})
    update(engine, text, "SET n = :two", v={":two": {"N": "2"}})
    found = engine.eventually(lambda: records(engine, text), lambda seen: len(seen) >= 2)
    return [told(one) for one in found]


@row(
    "stream.transaction",
    "Every row of a transaction is told, and none of a cancelled one",
    aws=[["INSERT", None, "1"], ["INSERT", None, "5"], ["MODIFY", "5", "6"]],
    because="a posting is told by its journal and by its wallet",
)
def transaction(engine: Engine) -> object:
    one, other = engine.fresh(), engine.fresh()
    write(engine, add(engine, one), put_item(engine, other, n={"N": "5"}))
    try:
        write(engine, add(engine, one), put_item(engine, other))
    except engine.client("dynamodb").exceptions.TransactionCanceledException:
        write(engine, add(engine, other))
    found = engine.eventually(lambda: records(engine, one, other), lambda seen: len(seen) >= 3)
    return sorted((told(record) for record in found), key=str)
