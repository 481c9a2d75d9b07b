"""The repair sweep."""

from __future__ import annotations

from typing import Any

from countinghouse.usecases.sweep_due import sweep_due
from countinghouse_aws.observability import count, logger, metrics
from functions.repair.schema import Swept
from functions.repair.wiring import deps


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """One sweep, whatever the event says."""
    swept = Swept.model_validate(sweep_due(deps()))
    found = swept.model_dump()
    for kind, rows in found.items():
        count(f"Due_{kind}", rows)
    logger().info("swept", extra=found)
    return found
