"""DynamoDB streams in: where a record comes from and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TABLE_ARN_PART = 1


def table_of(record: Mapping[str, Any]) -> str:
    """The name of the table a stream record comes from."""
    arn: str = record["eventSourceARN"]
    return arn.split("/")[TABLE_ARN_PART]


def sequence_of(record: Mapping[str, Any]) -> str:
    """A record's place in its shard."""
    return str(record["dynamodb"]["SequenceNumber"])
