"""DynamoDB streams in: records in order, the first failure holds the rest of its shard back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from countinghouse_aws.edge.queue import BatchAnswer, batch_answer

TABLE_ARN_PART = 1


def table_of(record: Mapping[str, Any]) -> str:
    """The name of the table a stream record comes from."""
    arn: str = record["eventSourceARN"]
    return arn.split("/")[TABLE_ARN_PART]


def sequence_of(record: Mapping[str, Any]) -> str:
    """A record's place in its shard: the identifier that a partial answer names."""
    return str(record["dynamodb"]["SequenceNumber"])


def hold_from(record: Mapping[str, Any]) -> BatchAnswer:
    """The answer that brings this record and everything behind it back."""
    return batch_answer([sequence_of(record)])
