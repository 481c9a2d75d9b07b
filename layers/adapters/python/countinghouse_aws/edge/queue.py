"""SQS in: every record on its own, and an answer that names exactly those to bring back.

An unreadable answer makes SQS delete the whole batch or return it whole, so its shape is built here
and nowhere else. A record that keeps failing ends in the queue's DLQ.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from countinghouse.domain.errors import Rejected
from countinghouse_aws.observability import count, logger

BatchAnswer = dict[str, list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Received:
    """One message: its id, its JSON body, and its FIFO group if it has one."""

    message_id: str
    body: Mapping[str, str]
    group: str | None


def consume(
    event: Mapping[str, Any], handle: Callable[[Mapping[str, str]], object], workers: int = 1
) -> BatchAnswer:
    """Handle each record, up to `workers` at a time; failures come back alone."""

    def attempt(record: Mapping[str, Any]) -> str | None:
        try:
            handle(received(record).body)
        except Exception as error:  # noqa: BLE001 - the edge: any failure sends this record back
            return report_failure(record, error)
        return None

    records = event["Records"]
    if workers == 1 or len(records) == 1:
        outcomes = [attempt(record) for record in records]
    else:
        with ThreadPoolExecutor(max_workers=min(workers, len(records))) as pool:
            outcomes = list(pool.map(attempt, records))
    return batch_answer([message_id for message_id in outcomes if message_id is not None])


def received(record: Mapping[str, Any]) -> Received:
    """One SQS record. Raises ValueError when its body is not a JSON object."""
    body = json.loads(record["body"])
    if not isinstance(body, dict):
        raise ValueError("a message body is a JSON object")
    group = (record.get("attributes") or {}).get("MessageGroupId")
    return Received(record["messageId"], body, group)


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
