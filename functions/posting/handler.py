"""Booking: a batch's orders, wallet by wallet, up to ten in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from countinghouse.domain.errors import CountinghouseError
from countinghouse.usecases.post_orders import post_orders
from countinghouse.usecases.release_reserves import release_reserves
from countinghouse_aws.edge.queue import BatchAnswer, batch_answer, received, report_failure, tell
from countinghouse_aws.observability import count, logger, metrics
from functions.posting.schema import OrderPosting, WalletPosting
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
    """Book what every readable record asks for; returns the errors by message id."""
    orders: dict[str, str] = {}
    errors: dict[str, Exception] = {}
    for record in records:
        try:
            body = received(record).body
            if "order_id" in body:
                message = OrderPosting.model_validate(body)
                orders[record["messageId"]] = message.order_id
            else:
                _release(WalletPosting.model_validate(body), ports)
        except (ValueError, CountinghouseError) as error:
            errors[record["messageId"]] = error
    return errors | _post_orders(orders, ports)


def _release(message: WalletPosting, ports: Deps) -> None:
    address = message.address()
    released = release_reserves(address, ports.ledger, ports.clock)
    count("ReservesReleased", released)
    logger().info("reserves released", extra={"wallet": address.group, "tranches": released})


def _post_orders(orders: Mapping[str, str], ports: Deps) -> dict[str, Exception]:
    """Book the orders of a batch, given by message id; returns the errors by message id."""
    refused = post_orders(orders.values(), ports.orders, ports.ledger, ports.journals, ports.clock)
    count("OrdersPosted", len(orders) - len(refused))
    tell("orders posted", {order: "posted" for order in orders.values() if order not in refused})
    return {mid: refused[order] for mid, order in orders.items() if order in refused}
