"""A Lambda runtime in miniature: the events AWS would send, and the answers as they go back."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

from countinghouse_aws.edge.access import ROLES
from countinghouse_aws.edge.answers import Answers, Problem
from countinghouse_aws.observability import logger

ACCOUNT = "arn:aws:iam::123456789012:role"
GRANTS = {f"{ACCOUNT}/{role}": [role] for role in ROLES}
COMMON = frozenset({400, 403, 404, 413, 415, 422, 500, 503})
"""What any route may answer beside its own statuses."""

Event = dict[str, Any]


@dataclass
class FakeContext:
    """What Lambda hands over with each event."""

    remaining_ms: int = 60_000
    function_name: str = "test"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:test"
    aws_request_id: str = "lambda-request"

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@dataclass(frozen=True)
class Response:
    """An HTTP answer as its caller gets it; `body` is empty unless that is JSON."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]
    text: str
    content: bytes = b""

    @property
    def code(self) -> str | None:
        """The problem's code."""
        return self.body.get("code")

    @property
    def fields(self) -> list[str]:
        """The refused fields."""
        return [fault["field"] for fault in self.body.get("errors") or []]

    @property
    def is_replay(self) -> bool:
        return self.headers.get("Idempotent-Replayed") == "true"


@dataclass
class Edge:
    """A function's HTTP edge: `post` and `get` go through its `lambda_handler`."""

    handler: ModuleType
    role: str = "checkout"
    requests: list[Event] = field(default_factory=list)

    def post(self, route: str, body: object = None, **more: Any) -> Response:
        """POST; a dict goes as JSON, text and bytes go as they are."""
        return self.call(f"POST {route}", body, **more)

    def get(self, route: str, **more: Any) -> Response:
        return self.call(f"GET {route}", None, **more)

    def call(
        self,
        route_key: str,
        body: object = None,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        role: str | None = None,
    ) -> Response:
        event = http_event(route_key, body, path=path, query=query, headers=headers)
        caller = role or self.role
        if caller:
            event["requestContext"]["authorizer"] = {"iam": {"userArn": f"{ACCOUNT}/{caller}"}}
        self.requests.append(event)
        return self.send(event)

    def send(self, event: Event) -> Response:
        """One event through the handler; the answer must keep the route's promise."""
        answer = self.handler.lambda_handler(event, FakeContext())
        response = read_answer(answer)
        found = [r.media_types for r in self.handler.ROUTES if r.key == event["routeKey"]]
        check(response, event, answers_of(self.handler), *found[:1])
        return response


def http_event(
    route_key: str,
    body: object = None,
    *,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Event:
    """An API Gateway HTTP API event, payload 2.0."""
    event: Event = {
        "version": "2.0",
        "routeKey": route_key,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "requestContext": {"requestId": "req-1"},
        "isBase64Encoded": False,
    }
    if isinstance(body, bytes):
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    elif body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    if path is not None:
        event["pathParameters"] = dict(path)
    if query is not None:
        event["queryStringParameters"] = dict(query)
    return event


def read_answer(answer: Mapping[str, Any]) -> Response:
    """An answer as its caller reads it: base64 is API Gateway's business."""
    text: str = answer["body"]
    content = base64.b64decode(text) if answer["isBase64Encoded"] else text.encode()
    media_type: str = answer["headers"]["content-type"]
    is_json = media_type.partition(";")[0].endswith("json")
    assert not (is_json and answer["isBase64Encoded"])
    body = json.loads(content) if is_json else {}
    return Response(answer["statusCode"], answer["headers"], body, text, content)


def answers_of(handler: ModuleType) -> Answers:
    """What the routes of a handler promise."""
    answers: Answers = import_module(f"{handler.__package__}.answers").ANSWERS
    return answers


def check(
    response: Response, event: Event, answers: Answers, media_types: Sequence[str] = ()
) -> None:
    """What every answer owes: its declared shape, a request id, and no caching."""
    assert response.headers["x-request-id"] == event["requestContext"]["requestId"]
    assert response.headers["cache-control"] == "no-store"
    declared = answers.get(event["routeKey"], {})
    if response.status < 400:
        assert response.status in declared, f"{response.status} is not declared"
        if response.headers["content-type"] not in media_types:
            assert response.headers["content-type"] == "application/json"
            declared[response.status].model_validate(response.body)
        return
    assert response.status in COMMON | declared.keys(), f"{response.status} is not declared"
    assert response.headers["content-type"] == "application/problem+json"
    Problem.model_validate(response.body)
    assert response.body["status"] == response.status
    assert response.body["request_id"] == event["requestContext"]["requestId"]


def sqs_event(*bodies: object, groups: Sequence[str] | None = None) -> Event:
    """A batch of messages `m0`, `m1` and so on; a text body goes as it is."""
    return {
        "Records": [
            {
                "messageId": f"m{place}",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    **({"MessageGroupId": groups[place]} if groups else {}),
                },
            }
            for place, body in enumerate(bodies)
        ]
    }


def failed(answer: Mapping[str, Any]) -> list[str]:
    """The message ids that a partial-batch answer brings back; checks its shape to the letter."""
    assert set(answer) == {"batchItemFailures"}
    assert all(set(item) == {"itemIdentifier"} for item in answer["batchItemFailures"])
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


# Made as the tests are collected: a logger writes to what is standard output when it is made, which
# is not to be what one test captures.
logger()


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Everything the functions log meanwhile."""
    handler: Any = logger().registered_handler
    stream = io.StringIO()
    before = handler.setStream(stream)
    try:
        yield stream
    finally:
        handler.setStream(before)
