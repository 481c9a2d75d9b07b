"""Applying PSPs' events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from countinghouse.usecases.apply_psp_event import apply_psp_event
from countinghouse_aws.edge.queue import BatchAnswer, consume
from countinghouse_aws.observability import count, logger, metrics
from functions.psp_events.schema import PspEventMessage
from functions.psp_events.wiring import deps


def handle(body: Mapping[str, str]) -> None:
    """One message."""
    message = PspEventMessage.model_validate(body)
    status = apply_psp_event(message.event_key, deps()())
    count(f"PspEvent_{status}")
    logger().info(
        "psp event applied", extra={"event_key": message.event_key, "status": str(status)}
    )


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> BatchAnswer:
    """One batch of messages."""
    return consume(event, handle)
