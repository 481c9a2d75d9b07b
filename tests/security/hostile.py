"""Requests that no honest caller sends: a sample's good request, with something of it made hostile.

Seeded, so that the same numbers give the same requests.
"""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, quote_plus

from countinghouse.domain.analytics import Report
from countinghouse_aws.psp.signatures import sign
from infra.routes import ROUTES, Route
from tests.sample_events import load_event
from tests.security.gateway import Json, Sent, signed
from tools.openapi.names import OPERATION_IDS
from tools.openapi.operations import snake_case
from tools.sample_events.webhooks import NOW_S, SECRET

DIGITS = "9" * 4_299
SURROGATE = "\ud800"
TEXTS = (
    "", " ", "\x00", "a\x00b", "é", "😀", SURROGATE, "\u202egnp", "\u0663\u0663", "x" * 65,
    "x" * 257, "y" * 5_000, "../../etc/passwd", "%2e%2e%2f", "%00", "'; DROP TABLE orders; --",
    "<script>alert(1)</script>", "null", "NaN", "true", "-1", "1e400", DIGITS, "1.0", "+1", "1_000",
    "０", "２０２６-01-01", "2026-02-30", "0000-00-00", "0001-01-01", "9999-12-31", "0000-12",
    "0000-01", "9999-12", "2026-13", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    "2026-11-22T08:00:00Z", "2026-11-22T25:00:00Z", "EUR", "eur", "XXX", "KWD", "ISK", "a~b", "1~",
    "~", "9999999999999999~po_1", "٣~po_1", "²~po_1", "1~po_1", "EUR~0~jrn_" + "a" * 40,
    "EUR~٣~jrn_" + "a" * 40, "EUR~²~jrn_x", "EUR~" + "9" * 3_000 + "~x", "seller:s1", "platform",
    "account#s_amber#EUR", "stop#EUR", "finding#x", "latest", "brk_", "rec_sandbox_00000101",
    "rec_sandbox_20260230", "rec_sandbox_99991231", "success_rate", "4242424242424242",
    "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "jrn_" + "\x00" * 40,
    "jrn_" + "é" * 40, "é" * 200, "\U0001f600" * 200, "a" * 200, "a" * 201, ".", "..", "$context",
)  # fmt: skip
NUMBERS = (
    0, -1, 1, 2**31, 2**53, 2**63, 10**12, 10**15, 10**18, 10**38, 10**130, -(10**20), int(DIGITS),
)  # fmt: skip
OTHERS: tuple[Any, ...] = (
    None,
    True,
    False,
    [],
    {},
    [[]],
    {"": ""},
    [None],
    [{}],
    {"a": {"b": []}},
)
VALUES: tuple[Any, ...] = (*TEXTS, *NUMBERS, *OTHERS)
KNOWN = {
    "checkout_id": ("chk_1000", "chk_1001", "chk_7", "chk_9", "order~ord_2001"),
    "order_id": ("ord_1001_a", "ord_1001_b", "ord_2001", "ord_7", "ord_new"),
    "payout_id": tuple(f"po_{n:024x}" for n in range(1, 7)),
    "seller_id": ("s_amber", "s_birch", "s_new"),
    "report": tuple(Report),
    "month": ("2026-08", "2026-09", "2026-10", "2026-11"),
}
"""Ids in a path that stand for something, or may."""
TYPES = (
    "", "application/json", "APPLICATION/JSON; charset=utf-8", "application/json;charset=utf-16",
    "text/plain", "application/xml", "multipart/form-data; boundary=x", "*/*",
    "application/json, text/html", "application/x-www-form-urlencoded", "application/jsonx",
)  # fmt: skip
KEYS = (
    "", '"', '""', "k", '"k"', "k" * 255, "k" * 256, "é", "k k", "4242 4242 4242 4242", "a,b", "\t",
)  # fmt: skip
PREFERENCES = ("wait=0", "wait=1", "wait=999", "wait=-1", "wait=a", "respond-async, wait=5", "wait")
RAW = (
    b"", b" ", b"null", b"[]", b"{", b"{}", b"1", b'"a"', b"NaN", b"{'a': 1}", b"\xff\xfe{}",
    b"\xef\xbb\xbf{}", b"\x00", b"{\"a\": NaN}", b'{"a": 1, "a": 2}', b"[" * 100_000,
    b'{"a":' * 17 + b"1" + b"}" * 17, b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"\\ud800": 1}', b'{"a": "\\ud800"}', b'{"a": "\\u0000"}', b"{" + b" " * 262_144 + b"}",
    b" " * 262_145, b"[" * 15 + b"]" * 15, '{"é": "😀"}'.encode("utf-16"),
    "{}".encode("utf-32"), b'{"a": ' + b"9" * 5_000 + b"}", b'{"a": 1e400}', b'{"a": -0}',
    ('{"' + "\u2222" + '":' + "[" * 900 + "]" * 900 + "}").encode("utf-16"),
    json.dumps({f"f{n}": n for n in range(5_000)}).encode(),
    b'{"a": "' + b"1" * 200_000 + b'"}', b'{"a": "' + b"4 " * 100_000 + b'"}',
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Template:
    """A route with its good request."""

    route: Route
    caller: str
    path: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    names: tuple[str, ...]
    """The parameters that its query may have."""

    def sent(self) -> Sent:
        """As it goes over the wire."""
        path, raw = self.route.path, wire(self.body)
        for name, value in self.path.items():
            path = path.replace(f"{{{name}}}", encoded(value))
        query = "&".join(f"{encoded(k)}={quote_plus(_plain(v))}" for k, v in self.query.items())
        headers = list(self.headers.items())
        if self.route.function == "webhooks" and "sandbox-signature" in self.headers:
            # The PSP itself may say anything: its word is looked at as a stranger's is.
            signature = f"t={NOW_S},v1={sign(SECRET, NOW_S, raw)}"
            headers = list({**self.headers, "sandbox-signature": signature}.items())
        if self.caller:
            headers.append(("authorization", signed(self.caller)))
        return Sent(self.route.method, path, query, headers, raw)


def wire(body: Any) -> bytes:
    """A body as bytes; what is bytes already goes as it is."""
    if body is None or isinstance(body, bytes):
        return body or b""
    return json.dumps(body).encode()


def encoded(text: str) -> str:
    """A text as one segment of a path."""
    return quote(_plain(text), safe="")


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def templates(document: Json) -> list[Template]:
    """Every route's good request: its fullest sample, by a role that may."""
    return [_template(route, document) for route in ROUTES]


def _template(route: Route, document: Json) -> Template:
    folder = f"{route.function}/{snake_case(OPERATION_IDS[route.key])}"
    event = load_event(f"{folder}/full")
    shown = document["paths"][route.path][route.method.lower()]
    names = tuple(one["name"] for one in shown["parameters"] if one.get("in") == "query")
    kept = ("content-type", "idempotency-key", "prefer", "sandbox-signature")
    headers = {k.lower(): v for k, v in event["headers"].items() if k.lower() in kept}
    text = event.get("body")
    if text and event["isBase64Encoded"]:
        text = base64.b64decode(text).decode()
    body = json.loads(text) if text else None
    if isinstance(body, dict) and route.key == "POST /v1/payouts":
        # Of a seller who has money and no payout under way.
        body["seller_id"] = "s_birch"
    query = dict(event.get("queryStringParameters") or {})
    # The sample goes on with a query that was asked before.
    query.pop("query_id", None)
    return Template(
        route=route,
        caller=next(iter(shown["x-roles"]), ""),
        path=dict(event.get("pathParameters") or {}),
        query=query,
        headers=headers,
        body=body,
        names=names,
    )


Change = Callable[[Template, random.Random], Template]


def requests(seed: int, document: Json) -> Iterator[tuple[Template, Sent]]:
    """Hostile requests without end: every route in turn."""
    chance, found = random.Random(seed), templates(document)
    while True:
        for template in found:
            changed = template
            for change in chance.sample(CHANGES, chance.choice((1, 1, 1, 2, 3))):
                changed = change(changed, chance)
            yield changed, changed.sent()


def _in_path(template: Template, chance: random.Random) -> Template:
    if not template.path:
        return _in_body(template, chance)
    name = chance.choice(sorted(template.path))
    texts = chance.choice((TEXTS, KNOWN.get(name, TEXTS)))
    return replace(template, path={**template.path, name: chance.choice(texts) or "%"})


def _in_query(template: Template, chance: random.Random) -> Template:
    name = chance.choice([*template.names, "unknown", *template.names])
    return replace(template, query={**template.query, name: chance.choice(TEXTS)})


def _in_headers(template: Template, chance: random.Random) -> Template:
    name, values = chance.choice(
        (("content-type", TYPES), ("idempotency-key", KEYS), ("prefer", PREFERENCES))
    )
    headers = {**template.headers, name: chance.choice(values)}
    if chance.random() < 0.2:
        headers.pop(name)
    return replace(template, headers=headers)


def _raw_body(template: Template, chance: random.Random) -> Template:
    return replace(template, body=chance.choice(RAW))


def _in_body(template: Template, chance: random.Random) -> Template:
    if not isinstance(template.body, dict):
        return _raw_body(template, chance)
    body = copy.deepcopy(template.body)
    holder = chance.choice(list(holders(body)))
    places = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    place = chance.choice(places) if places else None
    how = chance.random()
    if isinstance(holder, dict) and how < 0.1:
        holder[chance.choice(TEXTS)] = chance.choice(VALUES)
    elif place is not None and how < 0.2:
        del holder[place]
    elif place is not None:
        holder[place] = chance.choice(VALUES)
    return replace(template, body=body)


def holders(value: Any) -> Iterator[Any]:
    """Every object and array in a body, from the outside in."""
    if isinstance(value, dict | list):
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from holders(part)


CHANGES: tuple[Change, ...] = (
    _in_path, _in_query, _in_headers, _raw_body, _in_body, _in_body, _in_body, _in_body,
)  # fmt: skip
