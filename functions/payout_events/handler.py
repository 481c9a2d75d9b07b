"""Seeing payouts through: their workflows started and woken, returns booked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from countinghouse.usecases.attend_payout import attend_payout
from countinghouse_aws.edge.queue import BatchAnswer, consume
from countinghouse_aws.observability import count, logger, metrics
from functions.payout_events.schema import PayoutMessage
from functions.payout_events.wiring import deps


def handle(body: Mapping[str, str]) -> None:
    """One message."""
    message = PayoutMessage.model_validate(body)
    done = [str(one) for one in attend_payout(message.payout_id, deps())]
    count("PayoutAttended")
    for one in done:
        count(f"Payout_{one}")
    logger().info("payout attended", extra={"payout_id": message.payout_id, "done": done})


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> BatchAnswer:
    """One batch of messages."""
    return consume(event, handle)
