"""API Gateway's HTTP API events, payload format 2.0, as Lambda gets them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from countinghouse.domain.instants import SECOND
from tools.sample_events.world import FINANCE, NOW, Json

DOMAIN = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
CALLERS = {
    "checkout": "arn:aws:sts::000000000000:assumed-role/checkout-service/i-0a1",
    "fulfilment": "arn:aws:sts::000000000000:assumed-role/fulfilment-service/i-0b2",
    "finance": FINANCE,
    "approver": "arn:aws:sts::000000000000:assumed-role/approvers/kay",
    "support": "arn:aws:sts::000000000000:assumed-role/support-desk/linus",
}
"""One caller a role."""

SET = ("minimal", "full", "duplicate", "malformed")


@dataclass(frozen=True, slots=True)
class Call:
    """One request before API Gateway wraps it. `body` is JSON unless it is text already."""

    caller: str | None = None
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None
    base64_encoded: bool = False


@dataclass(frozen=True, slots=True)
class Calls:
    """The samples of one route. A duplicate is the full one, sent again."""

    minimal: Call
    full: Call
    malformed: Call
    extra: dict[str, Call] = field(default_factory=dict)

    def named(self) -> dict[str, Call]:
        """Every sample by its name."""
        four = dict(zip(SET, (self.minimal, self.full, self.full, self.malformed), strict=True))
        return four | self.extra


FULL_HEADERS = {
    "accept": "application/json, application/problem+json",
    "accept-encoding": "gzip",
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
}
"""What a thorough client sends along."""


def thorough(call: Call, **headers: str) -> Call:
    """The call with the headers that clients may send and none need."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(call, headers={**FULL_HEADERS, **call.headers, **named})


def event(key: str, call: Call, request_id: str) -> Json:
    """The event of one call to the route `key`."""
    method, _, template = key.partition(" ")
    raw_path = template
    for name, value in call.path.items():
        raw_path = raw_path.replace(f"{{{name}}}", quote(value, safe=""))
    wrapped: Json = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": raw_path,
        "rawQueryString": urlencode(call.query),
        "headers": _headers(call),
        "requestContext": _context(key, method, raw_path, call, request_id),
        "isBase64Encoded": call.base64_encoded,
    }
    if call.query:
        wrapped["queryStringParameters"] = dict(call.query)
    if call.path:
        wrapped["pathParameters"] = dict(call.path)
    if call.body is not None:
        wrapped["body"] = _text(call)
    return wrapped


def _text(call: Call) -> str:
    text = call.body if isinstance(call.body, str) else json.dumps(call.body)
    return base64.b64encode(text.encode()).decode() if call.base64_encoded else text


def _headers(call: Call) -> dict[str, str]:
    content = {}
    if call.body is not None:
        text = call.body if isinstance(call.body, str) else json.dumps(call.body)
        content = {"content-length": str(len(text.encode())), "content-type": "application/json"}
    return {
        **content,
        "host": DOMAIN,
        "x-amzn-trace-id": "Root=1-6921ab80-4bf92f3577b34da6a3ce929d",
        "x-forwarded-for": "192.0.2.10",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
        **call.headers,
    }


def _context(key: str, method: str, raw_path: str, call: Call, request_id: str) -> Json:
    at = datetime.fromtimestamp(NOW // SECOND, tz=UTC)
    context: Json = {
        "accountId": "000000000000",
        "apiId": DOMAIN.partition(".")[0],
        "domainName": DOMAIN,
        "domainPrefix": DOMAIN.partition(".")[0],
        "http": {
            "method": method,
            "path": raw_path,
            "protocol": "HTTP/1.1",
            "sourceIp": "192.0.2.10",
            "userAgent": "sample/1",
        },
        "requestId": request_id,
        "routeKey": key,
        "stage": "$default",
        "time": f"{at:%d/%b/%Y:%H:%M:%S} +0000",
        "timeEpoch": NOW,
    }
    if call.caller is not None:
        context["authorizer"] = {"iam": _principal(CALLERS[call.caller])}
    return context


def _principal(arn: str) -> Json:
    return {
        "accessKey": "ASIAEXAMPLE",
        "accountId": "000000000000",
        "callerId": "AROAEXAMPLE:sample",
        "cognitoIdentity": None,
        "principalOrgId": "o-example",
        "userArn": arn,
        "userId": "AROAEXAMPLE:sample",
    }
