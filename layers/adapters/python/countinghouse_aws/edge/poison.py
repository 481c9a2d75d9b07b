"""A stream record nothing can be made of: set aside by its whereabouts, so that others go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from countinghouse_aws.edge.stream import sequence_of, table_of
from countinghouse_aws.observability import count, logger


class PoisonRecord(BaseModel):
    """Where the record is, never what stood in it."""

    table: str
    sequence_number: str
    keys: dict[str, str]
    error: str


def set_aside(record: Mapping[str, Any], error: Exception, send: Callable[[str], None]) -> None:
    """Send the record's whereabouts to a poison queue. Raises when that does not take them."""
    keys = record["dynamodb"].get("Keys", {})
    poison = PoisonRecord(
        table=table_of(record),
        sequence_number=sequence_of(record),
        keys={name: str(next(iter(value.values()))) for name, value in keys.items()},
        error=type(error).__name__,
    )
    count("PoisonRecord")
    logger().error("poison record", extra=poison.model_dump())
    send(poison.model_dump_json())
