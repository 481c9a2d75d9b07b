"""Applying PSPs' events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from countinghouse.read_ahead import EventsAhead, OrdersAhead
from countinghouse.usecases.apply_psp_event import Inbox, apply_psp_event
from countinghouse_aws.edge.queue import BatchAnswer, consume, named, read_ahead
from countinghouse_aws.observability import count, metrics
from functions.psp_events.schema import PspEventMessage
from functions.psp_events.wiring import Deps, deps


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> BatchAnswer:
    """One batch of messages."""
    ports = _ahead(event, deps())

    def handle(body: Mapping[str, str]) -> dict[str, str]:
        message = PspEventMessage.model_validate(body)
        status = apply_psp_event(message.event_key, ports)
        count(f"PspEvent_{status}")
        return {message.event_key: str(status)}

    return consume(event, handle, done="psp events applied")


def _ahead(event: Mapping[str, Any], parts: Deps) -> Inbox:
    """The ports, with the batch's events read, and the orders that they are about.

    What one event does to an order is seen by the next: what was read is told once.
    """
    ports = parts.inbox()
    events = read_ahead(parts.events, named(event, "event_key"))
    about = [one.order_id for one in events.values() if one.order_id is not None]
    orders = read_ahead(ports.orders.get_many, about)
    return replace(
        ports, events=EventsAhead(ports.events, events), orders=OrdersAhead(ports.orders, orders)
    )
