"""What AWS hands a function: API requests, queue batches, webhooks."""

from __future__ import annotations

import json
from typing import Any

from tools.sandbox_psp.outbox import Delivery

CALLER = "arn:aws:sts::000000000000:assumed-role/simulation/caller"


def sqs_record(message: dict[str, Any]) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": str(message["receive_count"])}
    if message["group_id"] is not None:
        attributes["MessageGroupId"] = message["group_id"]
    return {
        "messageId": message["id"],
        "receiptHandle": message["receipt_handle"],
        "body": message["body"],
        "attributes": attributes,
        "eventSource": "aws:sqs",
    }


def api_event(
    route: str,
    body: object = None,
    path: dict[str, str] | None = None,
    key: str | None = None,
    caller: str = CALLER,
) -> dict[str, Any]:
    """One request as API Gateway's HTTP API hands it over, its caller authenticated by IAM.

    `key` is its `Idempotency-Key`.
    """
    headers = {} if key is None else {"idempotency-key": key}
    return {
        "version": "2.0",
        "routeKey": route,
        "pathParameters": path or {},
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {"requestId": "request", "authorizer": {"iam": {"userArn": caller}}},
        "body": "" if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def webhook_event(delivery: Delivery) -> dict[str, Any]:
    """A webhook as API Gateway hands it over: signed bytes, no caller."""
    return {
        "version": "2.0",
        "routeKey": "POST /v1/webhooks/{psp}",
        "pathParameters": {"psp": "sandbox"},
        "headers": {name.lower(): value for name, value in delivery.headers.items()},
        "requestContext": {"requestId": "webhook"},
        "body": delivery.body.decode(),
        "isBase64Encoded": False,
    }
