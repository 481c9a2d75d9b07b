"""The events that others see: one golden of each, byte for byte as it goes out."""

from __future__ import annotations

import json
from collections.abc import Iterator

from countinghouse.messages import Published
from countinghouse.routing import route
from countinghouse_aws.dynamodb import images
from countinghouse_aws.messaging.bus import envelope
from tools.sample_events.streams import TABLES
from tools.sample_events.world import NOW, Json

SOURCES = {
    "payment.requires_action": "relay/payment_event/requires_action",
    "payment.succeeded": "relay/payment_event/succeeded",
    "payment.partially_succeeded": "relay/payment_event/partially_succeeded",
    "payment.failed": "relay/payment_event/failed",
    "payment.cancelled": "relay/payment_event/cancelled",
    "order.captured": "relay/payment_order/full",
    "order.late_payment": "relay/payment_order/late_payment",
    "order.refunded": "relay/payment_order/refunded",
    "order.refund_failed": "relay/payment_order/refund_failed",
    "dispute.opened": "relay/payment_order/disputed",
    "dispute.closed": "relay/payment_order/dispute_closed",
    "payout.paid": "relay/payout/full",
    "payout.failed": "relay/payout/failed",
    "payout.returned": "relay/payout/returned",
    "reconciliation.completed": "relay/reconciliation/full",
    "audit.raised": "relay/payment_order/conflicted",
}
"""Every published event, and the stream sample it follows from."""

DECODERS = {
    TABLES["payment_event"].name: images.decoder(images.payment_change),
    TABLES["payment_order"].name: images.decoder(images.order_change),
    TABLES["psp_event"].name: images.decoder(images.psp_event_change),
    TABLES["ledger"].name: images.decoder(images.ledger_change),
    TABLES["wallet"].name: images.decoder(images.wallet_change),
    TABLES["payout"].name: images.decoder(images.payout_change),
    TABLES["reconciliation"].name: images.decoder(images.reconciliation_change),
    TABLES["account_balance"].name: images.decoder(images.balance_change),
}
"""The relay's decoders under the sample tables' names."""


def goldens(samples: dict[str, Json]) -> dict[str, Json]:
    """Every golden by path. Raises LookupError when a sample no longer leads to its event."""
    found = {}
    for name, source in SOURCES.items():
        events = [event for event in _published(samples[source]) if event.name == name]
        if len(events) != 1:
            raise LookupError(f"events/{source}.json leads to {len(events)} events {name}")
        shown: Json = json.loads(json.dumps(envelope(events[0], NOW)))
        found[f"published/{name}"] = shown
    return found


def _published(sample: Json) -> Iterator[Published]:
    for record in sample["Records"]:
        table = record["eventSourceARN"].split("/")[1]
        change = DECODERS[table](record)
        outputs = route(change, NOW) if change is not None else []
        yield from (output for output in outputs if isinstance(output, Published))
