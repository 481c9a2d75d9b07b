"""The lake: files what was committed. All it knows stands in `countinghouse.lake_rows`.

A record that no row can be made of goes to the poison queue by its keys and the stream moves on;
Firehose out of reach holds the stream, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from countinghouse.lake_rows import LakeLine, lines_of
from countinghouse_aws.edge.poison import set_aside
from countinghouse_aws.edge.queue import BatchAnswer, batch_answer
from countinghouse_aws.edge.stream import table_of
from countinghouse_aws.observability import count, logger, metrics
from functions.lake.wiring import Deps, deps

Record = Mapping[str, Any]


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> BatchAnswer:
    """One batch of one shard. It may hold changes that were filed before."""
    ports = deps()
    records = event["Records"]
    count("StreamRecords", len(records))
    rows = [row for record in records for row in _filed(record, ports)]
    # Raises when Firehose does not take them: the whole batch comes back, and what was put is put
    # again, which is harmless.
    if rows:
        ports.put(rows)
    count("LakeRows", len(rows))
    logger().debug("filed", extra={"records": len(records), "rows": len(rows)})
    return batch_answer([])


def _filed(record: Record, ports: Deps) -> list[LakeLine]:
    try:
        change = ports.decoders[table_of(record)](record)
        return list(lines_of(change)) if change is not None else []
    except Exception as error:  # noqa: BLE001 - one unreadable record must not hold the others
        set_aside(record, error, ports.poison)
        return []
