"""Folding payments, as their orders' news come in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from countinghouse.domain.order_journals import capture_key
from countinghouse.read_ahead import JournalsAhead, OrdersAhead, PaymentsAhead, known
from countinghouse.usecases.progress_payment import Folding, progress_payment
from countinghouse_aws.edge.queue import BatchAnswer, consume, named, read_ahead, readable
from countinghouse_aws.observability import count, metrics
from functions.payment_progress.schema import ProgressMessage
from functions.payment_progress.wiring import deps


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> BatchAnswer:
    """One batch of messages: the first about a payment folds what all of them tell of it.

    When that fails, each of the others folds its own order, so that it fails alone.
    """
    ports = _ahead(event, deps())
    news = _news(event)
    folded: set[str] = set()

    def handle(body: Mapping[str, str]) -> dict[str, str]:
        message = ProgressMessage.model_validate(body)
        if message.checkout_id in folded:
            return {}
        together = news.pop(message.checkout_id, None)
        status = _fold(message.checkout_id, together or {message.order_id}, ports)
        if together:
            folded.add(message.checkout_id)
        return {message.checkout_id: status}

    return consume(event, handle, done="payments folded")


def _fold(checkout_id: str, order_ids: set[str], ports: Folding) -> str:
    payment = progress_payment(checkout_id, order_ids, ports)
    count("PaymentFolded" if payment is not None else "PaymentUnknown")
    return "unknown" if payment is None else str(payment.status)


def _news(event: Mapping[str, Any]) -> dict[str, set[str]]:
    """The orders that the batch has news of, by checkout."""
    found: dict[str, set[str]] = defaultdict(set)
    for body in readable(event):
        checkout_id, order_id = body.get("checkout_id"), body.get("order_id")
        if isinstance(checkout_id, str) and isinstance(order_id, str):
            found[checkout_id].add(order_id)
    return dict(found)


def _ahead(event: Mapping[str, Any], ports: Folding) -> Folding:
    """The ports, with the batch's orders, journals and payments read, in this order."""
    orders = read_ahead(ports.orders.get_many, named(event, "order_id"))
    journals = read_ahead(partial(known, ports.journals), [*map(capture_key, orders)])
    payments = read_ahead(ports.payments.get_many, named(event, "checkout_id"))
    return replace(
        ports,
        orders=OrdersAhead(ports.orders, orders),
        journals=JournalsAhead(ports.journals, journals),
        payments=PaymentsAhead(ports.payments, payments),
    )
