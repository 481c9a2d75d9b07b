"""Looking after captured orders: the PSP calls of one batch run beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from countinghouse.domain.errors import Unavailable
from countinghouse.usecases.tend_order import tend_order
from countinghouse_aws.edge.queue import BatchAnswer, consume
from countinghouse_aws.observability import count, logger, metrics
from functions.order_aftercare.schema import AftercareMessage
from functions.order_aftercare.wiring import deps

COMMIT_BUDGET_MS = 3_000
"""Time kept after the PSP's time-out for writing down what it said."""


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> BatchAnswer:
    """One batch of messages."""
    ports = deps()

    def handle(body: Mapping[str, str]) -> None:
        message = AftercareMessage.model_validate(body)
        left_ms = context.get_remaining_time_in_millis()
        if left_ms < ports.psp_timeout_ms + COMMIT_BUDGET_MS:
            # Nothing was sent, so nothing is lost: the message comes again with time enough.
            raise Unavailable("too little time left to call the PSP")
        order = tend_order(message.order_id, ports.tending())
        count("OrderTended")
        statuses = {r.refund_id: str(r.status) for r in order.refunds} if order else {}
        logger().info("order tended", extra={"order_id": message.order_id, "refunds": statuses})

    return consume(event, handle, workers=ports.workers)
