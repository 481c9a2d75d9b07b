"""`countinghouse lake-refill`: put rows of the tables into the lake that a stream lost.

A stream forgets after a day, and no sweep brings the lake what it missed. The rows themselves are
in the tables: they are read there and go through the function `lake` as if they had just been
committed. A row that the lake has already is there twice then, and counts once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from tools.client import Client
from tools.local.failure import LocalFailure

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

app = typer.Typer(name="lake-refill", add_completion=False, pretty_exceptions_enable=False)
console = Console()

BATCH_ROWS = 100
BATCH_BYTES = 4_000_000
"""Lambda takes 6 MB a call."""
DAY_MS = 86_400_000

Event = dict[str, Any]
Invoke = Callable[[Event], object]


@dataclass(frozen=True, slots=True)
class Source:
    """A table that the lake is fed from: its keys, and when a row of it was last written.

    A PSP's event only says when it was received; it may have been applied up to a day later.
    """

    table: str
    keys: tuple[str, ...]
    written: str
    slack_ms: int = 0


SOURCES = (
    Source("Ledger", ("book", "entry"), "created_at"),
    Source("PaymentOrder", ("order_id",), "updated_at"),
    Source("PspEvent", ("event_key",), "received_at", slack_ms=DAY_MS),
)


@app.command()
def refill(
    since: Annotated[str, typer.Option(help="When the loss began: 2026-11-22T07:00:00Z.")],
    until: Annotated[str | None, typer.Option(help="When it ended; now without it.")] = None,
    table: Annotated[
        str | None, typer.Option(help="Only Ledger, PaymentOrder or PspEvent.")
    ] = None,
) -> None:
    """Put what was written between two moments into the lake of the running system again.

    It reads whole tables; a row that changed after `until` is left to the stream.
    """
    begins, ends = instant(since), None if until is None else instant(until)
    sources = [one for one in SOURCES if table in (None, one.table)]
    if not sources:
        raise LocalFailure(f"the lake is not fed from a table {table!r}")
    client = Client.of_running_system()
    told = put_again(
        client.aws("dynamodb"),
        client.endpoints.table_names,
        lambda event: client.invoke("lake", event),
        sources,
        begins,
        ends,
    )
    for name, rows in told.items():
        console.print(f"{name}: {rows} rows put again", highlight=False)


def instant(text: str) -> int:
    """Epoch milliseconds. Raises LocalFailure for what is no RFC 3339 instant with its offset."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise LocalFailure(f"not an instant: {text!r}") from error
    if at.tzinfo is None:
        raise LocalFailure(f"{text!r} does not say in which zone: append Z")
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000


def put_again(
    dynamodb: DynamoDBClient,
    names: Mapping[str, str],
    invoke: Invoke,
    sources: Iterator[Source] | list[Source] | tuple[Source, ...],
    since: int,
    until: int | None = None,
) -> dict[str, int]:
    """Send the rows written from `since` on, and before `until`, to the lake; how many of each.

    Raises RuntimeError when the lake refuses a batch: run it again, twice is harmless.
    """
    told: Counter[str] = Counter()
    for source in sources:
        told[source.table] = 0
        for batch in _batches(_records(dynamodb, source, names[source.table], since, until)):
            invoke({"Records": batch})
            told[source.table] += len(batch)
    return dict(told)


def _records(
    dynamodb: DynamoDBClient, source: Source, name: str, since: int, until: int | None
) -> Iterator[Event]:
    """The rows as a stream would tell of them, were they new."""
    condition, values = "#written >= :since", {":since": {"N": str(since - source.slack_ms)}}
    if until is not None:
        condition += " AND #written < :until"
        values[":until"] = {"N": str(until)}
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=name,
        ConsistentRead=True,
        FilterExpression=condition,
        ExpressionAttributeNames={"#written": source.written},
        ExpressionAttributeValues=values,
    )
    for page in pages:
        for row in page["Items"]:
            yield {
                "eventName": "INSERT",
                "eventSource": "aws:dynamodb",
                "eventSourceARN": f"arn:aws:dynamodb:::table/{name}/stream/refill",
                "dynamodb": {
                    "Keys": {key: row[key] for key in source.keys},
                    "NewImage": row,
                    "SequenceNumber": "0",
                },
            }


def _batches(records: Iterator[Event]) -> Iterator[list[Event]]:
    batch: list[Event] = []
    size = 0
    for record in records:
        weight = len(json.dumps(record))
        if batch and (len(batch) == BATCH_ROWS or size + weight > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += weight
    if batch:
        yield batch
