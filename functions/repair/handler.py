"""The repair sweep."""

from __future__ import annotations

from typing import Any

from countinghouse.usecases.sweep_due import sweep_due
from countinghouse_aws.observability import count, logger, metrics, waited
from functions.repair.schema import Swept
from functions.repair.wiring import deps


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One sweep, whatever the event says."""
    swept = sweep_due(deps())
    for kind, rows in swept.rows.items():
        count(f"Due_{kind}", rows)
    for kind, seconds in swept.waited_s.items():
        waited(f"LongestDue_{kind}", seconds)
    found = Swept(**swept.rows, waited_s=dict(swept.waited_s)).model_dump()
    logger().info("swept", extra=found)
    return found
