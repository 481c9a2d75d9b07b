"""Folding payments, as their orders' news come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from countinghouse.usecases.progress_payment import progress_payment
from countinghouse_aws.edge.queue import BatchAnswer, consume
from countinghouse_aws.observability import count, logger, metrics
from functions.payment_progress.schema import ProgressMessage
from functions.payment_progress.wiring import deps


def handle(body: Mapping[str, str]) -> None:
    """One message."""
    message = ProgressMessage.model_validate(body)
    payment = progress_payment(message.checkout_id, [message.order_id], deps())
    count("PaymentFolded" if payment is not None else "PaymentUnknown")
    if payment is not None:
        logger().info(
            "payment folded",
            extra={
                "checkout_id": message.checkout_id,
                "order_id": message.order_id,
                "status": str(payment.status),
                "version": payment.version,
            },
        )


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> BatchAnswer:
    """One batch of messages."""
    return consume(event, handle)
