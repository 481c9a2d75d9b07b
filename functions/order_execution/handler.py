"""Executing orders: the PSP calls of one batch run beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from countinghouse.domain.errors import Unavailable
from countinghouse.read_ahead import PaymentsAhead
from countinghouse.usecases.execute_order import execute_order
from countinghouse_aws.edge.queue import BatchAnswer, consume, named, read_ahead
from countinghouse_aws.observability import count, metrics
from functions.order_execution.schema import OrderMessage
from functions.order_execution.wiring import deps

COMMIT_BUDGET_MS = 3_000
"""Time kept after the PSP's time-out for writing down what it said."""


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> BatchAnswer:
    """One batch of messages."""
    ports = deps()
    payments = read_ahead(ports.payments, named(event, "checkout_id"))

    def handle(body: Mapping[str, str]) -> dict[str, str]:
        message = OrderMessage.model_validate(body)
        left_ms = context.get_remaining_time_in_millis()
        if left_ms < ports.psp_timeout_ms + COMMIT_BUDGET_MS:
            # Nothing was sent, so nothing is lost: the message comes again with time enough.
            raise Unavailable("too little time left to call the PSP")
        execution = ports.execution()
        # Of its own for each message: whoever asks again hears what is there now.
        ahead = PaymentsAhead(execution.payments, dict(payments))
        status = execute_order(message.to_command(), replace(execution, payments=ahead))
        count(f"Order_{status}")
        return {message.order_id: str(status)}

    return consume(event, handle, workers=ports.workers, done="orders executed")
