"""SQS in: every record on its own, and an answer that names exactly those to bring back.

An unreadable answer makes SQS delete the whole batch or return it whole, so its shape is built here
and nowhere else. A record that keeps failing ends in the queue's DLQ.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from countinghouse.domain.errors import Rejected
from countinghouse.records import dataclass
from countinghouse_aws.observability import count, logger

K = TypeVar("K")
T = TypeVar("T")
BatchAnswer = dict[str, list[dict[str, str]]]
Handled = Mapping[str, str]
"""The ids that messages were about, and what became of each."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message: its id, its JSON body, and its FIFO group if it has one."""

    message_id: str
    body: Mapping[str, str]
    group: str | None


def consume(
    event: Mapping[str, Any],
    handle: Callable[[Mapping[str, str]], Handled | None],
    workers: int = 1,
    *,
    done: str = "handled",
) -> BatchAnswer:
    """Handle each record, up to `workers` at a time; failures come back alone.

    What `handle` returns is logged as `done` says, in one line for the whole batch.
    """
    handled: dict[str, str] = {}

    def attempt(record: Mapping[str, Any]) -> str | None:
        try:
            handled.update(handle(received(record).body) or {})
        except Exception as error:  # noqa: BLE001 - the edge: any failure sends this record back
            return report_failure(record, error)
        return None

    records = event["Records"]
    if workers == 1 or len(records) == 1:
        outcomes = [attempt(record) for record in records]
    else:
        with ThreadPoolExecutor(max_workers=min(workers, len(records))) as pool:
            outcomes = list(pool.map(attempt, records))
    tell(done, handled)
    return batch_answer([message_id for message_id in outcomes if message_id is not None])


def tell(done: str, handled: Handled) -> None:
    """Log what became of a batch's messages, if anything did."""
    if handled:
        logger().info(done, extra={"handled": dict(sorted(handled.items()))})


def received(record: Mapping[str, Any]) -> Received:
    """One SQS record. Raises ValueError when its body is not a JSON object."""
    body = json.loads(record["body"])
    if not isinstance(body, dict):
        raise ValueError("a message body is a JSON object")
    group = (record.get("attributes") or {}).get("MessageGroupId")
    return Received(record["messageId"], body, group)


def readable(event: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """The bodies of a batch that are JSON objects; what they say has not been looked at."""
    found: list[Mapping[str, str]] = []
    for record in event["Records"]:
        with suppress(ValueError):
            found.append(received(record).body)
    return found


def named(event: Mapping[str, Any], field: str) -> list[str]:
    """What the batch's messages say in this field, as often as they do."""
    values = (body.get(field) for body in readable(event))
    return [value for value in values if isinstance(value, str)]


def read_ahead(read: Callable[[list[K]], Mapping[K, T]], wanted: Sequence[K]) -> dict[K, T]:
    """What several messages of a batch will ask for, read in one call.

    Nothing where one call would save none, and nothing where it fails: then each message reads for
    itself, so that a row which cannot be read holds back its own message alone.
    """
    if len(wanted) < 2:
        return {}
    try:
        return dict(read(list(dict.fromkeys(wanted))))
    except Exception as error:  # noqa: BLE001 - whoever needs the row meets the same error
        logger().warning("not read ahead", extra={"error": type(error).__name__})
        return {}


def batch_answer(failed_ids: Sequence[str]) -> BatchAnswer:
    """The partial-batch answer: an empty list only when everything was handled."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed_ids]}


def report_failure(record: Mapping[str, Any], error: Exception) -> str:
    """Log and count a failed record; returns its id for `batch_answer`."""
    count("MessageFailed")
    attributes = record.get("attributes") or {}
    # The message of a domain error is ours; any other could quote what it choked on.
    detail = str(error) if isinstance(error, Rejected) else ""
    logger().warning(
        "message failed",
        extra={
            "message_id": record["messageId"],
            "error": type(error).__name__,
            "detail": detail,
            "receive_count": attributes.get("ApproximateReceiveCount"),
        },
    )
    return str(record["messageId"])
