"""SQS batches, with the bodies that the relay's own routing writes."""

from __future__ import annotations

import hashlib
import json
import uuid

from countinghouse.domain.psp import FactKind
from countinghouse.messages import (
    Message,
    aftercare_message,
    orders_message,
    postings_message,
    progress_message,
    psp_event_message,
    wallet_message,
)
from countinghouse_aws.psp.sandbox_webhooks import parse_event
from tools.local.places import ACCOUNT, REGION
from tools.sample_events import webhooks
from tools.sample_events.world import (
    NOW,
    ONE_ORDER,
    TWO_ORDERS,
    Json,
    sent,
    submitted,
    told,
)

UNREADABLE = "order ord_1000"
"""What no sender of ours writes: not JSON."""

Body = Message | str


def batch(queue: str, *bodies: Body) -> Json:
    """The event of one batch; a text stands for a body as it came."""
    return {"Records": [_record(queue, number, body) for number, body in enumerate(bodies, 1)]}


def message_id(queue: str, number: int) -> str:
    """The id of the batch's message of that number, from 1."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{queue}/{number}"))


def _record(queue: str, number: int, body: Body) -> Json:
    text = body if isinstance(body, str) else json.dumps(body.body, separators=(",", ":"))
    group = body.group if isinstance(body, Message) else _STUCK_GROUP
    fifo = queue.startswith(FIFO)
    attributes = {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": str(NOW),
        "SenderId": "AROAEXAMPLE:relay",
        "ApproximateFirstReceiveTimestamp": str(NOW + 50),
    }
    if fifo:
        deduplication = body.deduplication if isinstance(body, Message) else "unreadable"
        attributes |= {
            "SequenceNumber": str(18_890_000_000_000_000_000 + number),
            "MessageGroupId": str(group),
            "MessageDeduplicationId": str(deduplication),
        }
    suffix = ".fifo" if fifo else ""
    return {
        "messageId": message_id(queue, number),
        "receiptHandle": f"receipt-{number}",
        "body": text,
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:countinghouse-local-{queue}{suffix}",
        "awsRegion": REGION,
    }


FIFO = "Postings"
_ONE = orders_message("ord_1000", "chk_1000")
_FIRST = orders_message("ord_1001_a", "chk_1001")
_SECOND = orders_message("ord_1001_b", "chk_1001")
_EVENTS = [
    psp_event_message(parse_event(text.encode(), NOW))
    for text in (webhooks.CAPTURED, webhooks.DECLINED, webhooks.UNKNOWN_ORDER)
]
_CAPTURED = [
    told(sent(payment, place), FactKind.CAPTURED)
    for payment, place in (
        (submitted(ONE_ORDER), 0),
        (submitted(TWO_ORDERS), 0),
        (submitted(TWO_ORDERS), 1),
    )
]
_AMBER, _AMBER_TOO, _BIRCH = (postings_message(order, str(order.version)) for order in _CAPTURED)
_RESERVE = wallet_message(_CAPTURED[0].wallet, f"sweep:{NOW}")
_STUCK_GROUP = _AMBER.group
_CARE = [aftercare_message(order.order_id) for order in _CAPTURED[1:]]
_NEWS = [progress_message(order.checkout_id, order.order_id) for order in _CAPTURED]


def batches() -> dict[str, Json]:
    """Every queue function's samples, by path."""
    return {
        "order_execution/minimal": batch("Orders", _ONE),
        "order_execution/full": batch("Orders", _ONE, _FIRST, _SECOND),
        "order_execution/duplicate": batch("Orders", _ONE, _ONE),
        "order_execution/malformed": batch(
            "Orders", UNREADABLE, json.dumps({"order_id": "ord_1000"}), _ONE
        ),
        "order_aftercare/minimal": batch("Aftercare", _CARE[0]),
        "order_aftercare/full": batch("Aftercare", *_CARE),
        "order_aftercare/duplicate": batch("Aftercare", _CARE[0], _CARE[0]),
        "order_aftercare/malformed": batch("Aftercare", UNREADABLE, _CARE[0]),
        "payment_progress/minimal": batch("Progress", _NEWS[0]),
        "payment_progress/full": batch("Progress", *_NEWS),
        "payment_progress/duplicate": batch("Progress", _NEWS[0], _NEWS[0]),
        "payment_progress/malformed": batch("Progress", "[]", _NEWS[0]),
        "psp_events/minimal": batch("PspEvents", _EVENTS[0]),
        "psp_events/full": batch("PspEvents", *_EVENTS),
        "psp_events/duplicate": batch("PspEvents", _EVENTS[0], _EVENTS[0]),
        "psp_events/malformed": batch("PspEvents", json.dumps({"event": "evt_1"}), _EVENTS[0]),
        "posting/minimal": batch("Postings0", _AMBER),
        "posting/full": batch("Postings0", _AMBER, _AMBER_TOO, _RESERVE, _BIRCH),
        "posting/duplicate": batch("Postings0", _AMBER, _AMBER),
        # The unreadable one holds back what is behind it in its group, and nothing else.
        "posting/malformed": batch("Postings0", UNREADABLE, _AMBER, _BIRCH),
    }
