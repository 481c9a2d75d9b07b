"""API Gateway's HTTP API in miniature: routes, the IAM authorizer, payload 2.0, the way back.

What is known of the real one is done as it does: paths are matched segment by segment and their ids
decoded, a query's repeats are joined by commas, bodies that are no text go in base64, a call
without a signature gets 403 `{"message": "Forbidden"}` and one without a route 404.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from infra.routes import ROUTES, Route

Json = dict[str, Any]
Invoke = Callable[[str, Json], Json]
"""Runs a function on an event."""

SCHEME = "AWS4-HMAC-SHA256 Credential="
ACCOUNT = "000000000000"
NOBODY = "nobody"
"""Somebody whose signature holds and to whom the stage gives no role."""


def arn_of(name: str) -> str:
    """The principal that signs as `role` or `role:session`: a role of the stage's, assumed."""
    role, _, session = name.partition(":")
    return f"arn:aws:sts::{ACCOUNT}:assumed-role/countinghouse-prod-{role}/{session or role}"


def signed(name: str) -> str:
    """The `Authorization` header of that principal, as far as this gateway looks at it."""
    return f"{SCHEME}{name}/20261122/eu-west-1/execute-api/aws4_request"


@dataclass(frozen=True, slots=True)
class Sent:
    """One HTTP request as it comes over the wire; `path` and `query` are not decoded."""

    method: str
    path: str
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """A header's value; repeated ones are joined."""
        found = [value for key, value in self.headers if key.lower() == name]
        return ",".join(found) if found else None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the caller gets; `by_gateway` when no function was reached, or none could answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    by_gateway: bool = False

    def json(self) -> Any:
        """The body, which has to be JSON."""
        return json.loads(self.content)


def _said(status: int, message: str) -> Reply:
    content = json.dumps({"message": message}).encode()
    return Reply(status, {"content-type": "application/json"}, content, by_gateway=True)


@dataclass(slots=True)
class Gateway:
    """The API over whatever invokes the functions; `served` counts calls by route and status."""

    invoke: Invoke
    served: dict[tuple[str, int], int] = field(default_factory=dict)
    count: int = 0

    def answer(self, sent: Sent) -> Reply:
        """The answer to one request."""
        found = matched(sent.method, sent.path)
        if found is None:
            return _said(404, "Not Found")
        route, path = found
        reply = self._routed(route, path, sent)
        key = route.key, reply.status
        self.served[key] = self.served.get(key, 0) + 1
        return reply

    def _routed(self, route: Route, path: Mapping[str, str], sent: Sent) -> Reply:
        caller = caller_of(sent) if route.authorised else None
        if route.authorised and caller is None:
            return _said(403, "Forbidden")
        self.count += 1
        event = event_of(route, path, sent, caller, f"req-{self.count}")
        try:
            return replied(self.invoke(route.function, event))
        except (UnicodeError, TypeError, ValueError, KeyError):
            # What Lambda cannot send back, or API Gateway not read, is a bad gateway to the caller.
            return _said(502, "Internal Server Error")


def caller_of(sent: Sent) -> str | None:
    """Who signed; None when nobody did, or in another way."""
    header = sent.header("authorization") or ""
    name = header.removeprefix(SCHEME).partition("/")[0]
    return arn_of(name) if header.startswith(SCHEME) and name else None


def matched(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route and the ids in its path; a route without placeholders is preferred."""
    parts = path.split("/")
    found: list[tuple[int, Route, dict[str, str]]] = []
    for route in ROUTES:
        names = route.path.split("/")
        if route.method != method or len(names) != len(parts):
            continue
        pairs = list(zip(names, parts, strict=True))
        if all(part != "" if _is_id(name) else name == part for name, part in pairs):
            ids = {name[1:-1]: unquote(part) for name, part in pairs if _is_id(name)}
            found.append((len(ids), route, ids))
    if not found:
        return None
    _, route, ids = min(found, key=lambda one: one[0])
    return route, ids


def _is_id(name: str) -> bool:
    return name.startswith("{")


def event_of(
    route: Route, path: Mapping[str, str], sent: Sent, caller: str | None, request_id: str
) -> Json:
    """The event, payload format 2.0."""
    context: Json = {
        "requestId": request_id,
        "routeKey": route.key,
        "stage": "$default",
        "http": {"method": sent.method, "path": unquote(sent.path), "protocol": "HTTP/1.1"},
    }
    if caller is not None:
        context["authorizer"] = {"iam": {"userArn": caller}}
    event: Json = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": unquote(sent.path),
        "rawQueryString": sent.query,
        "headers": _joined(sent.headers),
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if path:
        event["pathParameters"] = dict(path)
    if query := _query(sent.query):
        event["queryStringParameters"] = query
    if sent.body:
        event |= _body(sent.body)
    # As Lambda hands it over: JSON there and back, which an unpaired surrogate does not survive.
    made: Json = json.loads(json.dumps(event))
    return made


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name.lower(), []).append(value)
    return {name: ",".join(values) for name, values in found.items()}


def _query(text: str) -> dict[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="replace")
    return _joined_as_they_are((name, value) for name, value in pairs)


def _joined_as_they_are(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: ",".join(values) for name, values in found.items()}


def _body(raw: bytes) -> Json:
    try:
        return {"body": raw.decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}


def replied(answer: Json) -> Reply:
    """A function's answer as its caller gets it. Raises what Lambda or API Gateway cannot send."""
    # Python's runtime writes UTF-8; a text that has none never leaves the function.
    wire: Json = json.loads(json.dumps(answer, ensure_ascii=False).encode())
    text: str = wire["body"]
    try:
        content = base64.b64decode(text, validate=True) if wire["isBase64Encoded"] else None
    except binascii.Error as error:
        raise ValueError("not base64") from error
    headers = {str(name).lower(): _header(value) for name, value in wire["headers"].items()}
    return Reply(int(wire["statusCode"]), headers, text.encode() if content is None else content)


def _header(value: object) -> str:
    """A header's value as HTTP allows it. Raises ValueError."""
    text = str(value)
    if not text.isascii() or not text.isprintable():
        raise ValueError("not a header")
    return text


Start = Callable[[str, list[tuple[str, str]]], object]


@dataclass(frozen=True, slots=True)
class Wsgi:
    """The gateway as a WSGI application (PEP 3333), for clients that speak to one."""

    gateway: Gateway
    document: bytes = b""

    def __call__(self, environ: Mapping[str, Any], start: Start) -> list[bytes]:
        """Answer one request."""
        sent = sent_of(environ)
        if sent.path == "/openapi.json":
            start("200 OK", [("content-type", "application/json")])
            return [self.document]
        reply = self.gateway.answer(sent)
        start(f"{reply.status} Answered", list(reply.headers.items()))
        return [reply.content]


def sent_of(environ: Mapping[str, Any]) -> Sent:
    """The request behind a WSGI environment; its path as it was sent where the server tells."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    headers = [
        (name.removeprefix("HTTP_").replace("_", "-").lower(), str(value))
        for name, value in environ.items()
        if name.startswith("HTTP_") or (name == "CONTENT_TYPE" and value)
    ]
    raw = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or environ["PATH_INFO"])
    return Sent(
        method=str(environ["REQUEST_METHOD"]),
        path=raw.partition("?")[0],
        query=str(environ.get("QUERY_STRING", "")),
        headers=headers,
        body=environ["wsgi.input"].read(length) if length else b"",
    )
