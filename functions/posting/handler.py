"""Booking: a batch's orders, wallet by wallet, up to ten in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from countinghouse.domain.posting import capture_key
from countinghouse.usecases.post_orders import post_orders
from countinghouse_aws.edge.queue import BatchAnswer, batch_answer, received, report_failure
from countinghouse_aws.observability import count, logger, metrics
from functions.posting.schema import PostingMessage
from functions.posting.wiring import Deps, deps

Record = Mapping[str, Any]


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> BatchAnswer:
    """One batch; what failed comes back with everything behind it in the same group."""
    records: Sequence[Record] = event["Records"]
    errors = _post(records, deps())
    failed: list[str] = []
    stuck: set[str | None] = set()
    for record in records:
        group = (record.get("attributes") or {}).get("MessageGroupId")
        error = errors.get(record["messageId"])
        if error is not None or group in stuck:
            stuck.add(group)
            failed.append(report_failure(record, error or RuntimeError("behind a failed message")))
    return batch_answer(failed)


def _post(records: Sequence[Record], ports: Deps) -> dict[str, Exception]:
    """Book every readable record's order; returns the errors by message id."""
    orders: dict[str, str] = {}
    errors: dict[str, Exception] = {}
    for record in records:
        try:
            message = PostingMessage.model_validate(received(record).body)
        except ValueError as error:
            errors[record["messageId"]] = error
        else:
            orders[record["messageId"]] = message.order_id
    refused = post_orders(orders.values(), ports.orders, ports.ledger, ports.clock)
    count("OrdersPosted", len(orders) - len(refused))
    for order_id in dict.fromkeys(orders.values()):
        if order_id not in refused:
            ledger_id = capture_key(order_id).ledger_id
            logger().info("order posted", extra={"order_id": order_id, "ledger_id": ledger_id})
    errors |= {mid: refused[order] for mid, order in orders.items() if order in refused}
    return errors
