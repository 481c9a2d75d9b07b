"""The OWASP API Security Top 10 of 2023, an automated negative test each.

https://owasp.org/API-Security/editions/2023/en/0x11-t10/
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from countinghouse_aws.edge.body import BODY_MAX
from countinghouse_aws.psp.signatures import sign
from infra.config import stage
from tests.security.doors import UNSIGNED, cells, document, inventory
from tests.security.four_eyes import eyes
from tests.security.gateway import Reply, Sent, signed
from tests.security.hostile import Template, templates
from tests.security.house import PSP_URL, House
from tests.security.isolation import swaps
from tools.sample_events.webhooks import FORGED, NOW_S


@dataclass(frozen=True, slots=True)
class Risk:
    """One of the ten: what was tried, how often, and what got through."""

    name: str
    tried: str
    count: int
    through: tuple[str, ...]


def risks(house: House) -> list[Risk]:
    """All ten, tried."""
    found = []
    for check in _CHECKS:
        house.fresh()
        found.append(check(house))
    return found


_TEMPLATES = {template.route.key: template for template in templates(document())}


def _good(key: str, **changes: object) -> Template:
    return replace(_TEMPLATES[key], **changes)  # type: ignore[arg-type]


def _sent(house: House, key: str, **changes: object) -> Reply:
    return house.gateway.answer(_good(key, **changes).sent())


def _objects(house: House) -> Risk:
    found = swaps(house, 200, number=1)
    tried = "ids of other kinds, other sellers and other orders in every route's path"
    return Risk("API1 Broken object level authorization", tried, found.count, tuple(found.leaks))


def _authentication(house: House) -> Risk:
    """No signature, others' schemes, a webhook signed by a stranger: nobody gets in."""
    schemes = ("", "Bearer finance", "Basic ZmluYW5jZTo=", "AWS4-HMAC-SHA256 Credential=/x", "AWS4")
    through, count = [], 0
    for template in _TEMPLATES.values():
        if not template.route.authorised:
            continue
        good = template.sent()
        for scheme in schemes:
            kept = [pair for pair in good.headers if pair[0] != "authorization"]
            headers = [*kept, *([("authorization", scheme)] if scheme else [])]
            status = house.gateway.answer(replace(good, headers=headers)).status
            count += 1
            if status != 403:
                through.append(f"{template.route.key} with {scheme!r}: {status}")
    webhook = _good("POST /v1/webhooks/{psp}").sent()
    forged = f"t={NOW_S},v1={sign(FORGED, NOW_S, webhook.body)}"
    for signature in ("", forged, "t=0,v1=00", f"t={NOW_S}"):
        headers = [("content-type", "application/json"), ("sandbox-signature", signature)]
        count += 1
        if house.gateway.answer(replace(webhook, headers=headers)).status != 400:
            through.append(f"a webhook signed {signature!r}")
    tried = "every signed route without a signature or with another scheme; forged webhooks"
    return Risk("API2 Broken authentication", tried, count, tuple(through))


_NOT_THEIRS = ("status", "version", "approved_by", "requested_by", "booked", "amount_captured")


def _properties(house: House) -> Risk:
    """Fields that are ours to set are refused in every body, and nothing is written."""
    through, count = [], 0
    for template in _TEMPLATES.values():
        if not isinstance(template.body, dict) or template.route.function == "webhooks":
            continue
        for name in _NOT_THEIRS:
            house.fresh()
            before = house.state()
            body = {**template.body, name: 1}
            status = house.gateway.answer(replace(template, body=body).sent()).status
            count += 1
            if status != 422 or house.state() != before:
                through.append(f"{template.route.key} took {name}: {status}")
    tried = "fields that only we set, in every body"
    return Risk("API3 Broken object property level authorization", tried, count, tuple(through))


def _consumption(house: House) -> Risk:
    """Bodies, lists and waits have an end, and a stage has its throttle."""
    big = b'{"a":"' + b"x" * BODY_MAX + b'"}'
    tries = [
        ("a body too large", _sent(house, "POST /v1/payouts", body=big).status, 413),
        ("a webhook too large", _sent(house, "POST /v1/webhooks/{psp}", body=big).status, 413),
        ("a body too deep", _sent(house, "POST /v1/payouts", body=b"[" * 100_000).status, 400),
        ("a page too long", _sent(house, "GET /v1/payouts", query={"limit": "101"}).status, 422),
        ("a report too long", _sent(house, "GET /v1/analytics/{report}", query=_YEARS).status, 422),
        ("1001 orders in one checkout", _crowded(house), 422),
    ]
    before = house.clock.now_ms
    headers = {**_TEMPLATES[_PAY].headers, "prefer": "wait=999"}
    _sent(house, _PAY, headers=headers, body=_waiting())
    waited = (house.clock.now_ms - before) // 1_000
    through = [f"{what}: {got}" for what, got, wanted in tries if got != wanted]
    through += [f"a call that waited {waited} s"] if waited > 20 else []
    limits = [stage(name).throttle for name in ("local", "dev", "prod")]
    through += ["a stage without a throttle" for one in limits if one.rate_per_s <= 0]
    tried = "bodies, depth, pages, reports, orders and waits beyond their bounds; throttles"
    count = len(tries) + 1 + len(limits)
    return Risk("API4 Unrestricted resource consumption", tried, count, tuple(through))


_YEARS = {"from": "2020-01-01", "to": "2026-01-01"}
_PAY = "POST /v1/payments/event"


def _waiting() -> dict[str, object]:
    return {
        "checkout_id": "chk_7",
        "user_info": {"user_id": "u_ada"},
        "payment_details": {"method": "credit_card", "psp_token": "tok_chk_7"},
        "currency": "EUR",
        "orders": [{"order_id": "ord_waiting", "seller_id": "s_amber", "amount": 4200}],
    }


def _crowded(house: House) -> int:
    order = {"seller_id": "s_amber", "amount": 1}
    orders = [{**order, "order_id": f"ord_{n}"} for n in range(1_001)]
    return _sent(house, _PAY, body={**_waiting(), "orders": orders}).status


def _functions(_: House) -> Risk:
    tried = list(cells(callers=("support", "operator", "nobody", UNSIGNED)))
    through = tuple(f"{one.route.key} as {one.caller}: {one.wrong}" for one in tried if one.wrong)
    name = "API5 Broken function level authorization"
    return Risk(
        name, "every route by those who may least (all roles: the matrix)", len(tried), through
    )


def _flows(house: House) -> Risk:
    """Money's own flows: what was given back is not given back again, what is held is not sent."""
    refund = "POST /v1/orders/{order_id}/refunds"
    path = {"order_id": "ord_7"}
    whole = {"reason": "all of it"}
    keys = [{**_TEMPLATES[refund].headers, "idempotency-key": f"flow-{n}"} for n in range(3)]
    refunds = [_sent(house, refund, path=path, body=whole, headers=key).status for key in keys]
    too_much = {"seller_id": "s_birch", "currency": "EUR", "amount": 500_001}
    first = {"seller_id": "s_birch", "currency": "EUR", "amount": 1_000}
    payouts = [
        _sent(house, "POST /v1/payouts", body=body, headers=key).status
        for body, key in zip((too_much, first, first), keys, strict=True)
    ]
    through = [] if refunds == [202, 422, 422] else [f"refunds: {refunds}"]
    through += [] if payouts == [422, 202, 409] else [f"payouts: {payouts}"]
    broken = [one for one in eyes(house) if not one.holds]
    through += [f"{one.action} by {one.who}" for one in broken]
    tried = "a refund thrice, a payout beyond the balance, two payouts at once; four eyes"
    name = "API6 Unrestricted access to sensitive business flows"
    return Risk(name, tried, 6 + len(list(eyes(house))), tuple(through))


_INSIDE = ("http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "http://localhost:22")


def _requests(house: House) -> Risk:
    """No caller's address is ever called: it is the buyer's browser that goes there."""
    through, count = [], 0
    for url in _INSIDE:
        for key in ("POST /v1/payments/sessions", "POST /v1/orders/{order_id}"):
            house.fresh()
            body = json.loads(json.dumps(_TEMPLATES[key].body))
            body["checkout_id" if "sessions" in key else "category"] = "new"
            (body if "sessions" in key else body["payment_details"])["return_url"] = url
            called = list(house.called)
            _sent(house, key, body=body, path={"order_id": "ord_new"} if "{" in key else {})
            count += 1
            asked = [one.partition(" ")[2] for one in house.called[len(called) :]]
            through += [f"{key} called {one}" for one in asked if not one.startswith(PSP_URL)]
    tried = "addresses inside, wherever a body may have one: what the PSP's transport was asked"
    return Risk("API7 Server side request forgery", tried, count, tuple(through))


def _configuration(house: House) -> Risk:
    """No answer tells of us, may be kept, or is shown to a stranger's page."""
    through, count = [], 0
    for template in _TEMPLATES.values():
        house.fresh()
        for body in (template.body, b"{"):
            reply = house.gateway.answer(replace(template, body=body).sent())
            count += 1
            text = reply.content.decode(errors="replace")
            if reply.headers.get("cache-control") != "no-store":
                through.append(f"{template.route.key} may be kept")
            if any(name.startswith("access-control") for name in reply.headers):
                through.append(f"{template.route.key} is open to any page")
            if any(word in text for word in ("Traceback", ".py", "botocore", "dynamodb")):
                through.append(f"{template.route.key} tells of us")
    for method in ("OPTIONS", "TRACE", "DELETE", "PUT", "PATCH"):
        count += 1
        if house.gateway.answer(Sent(method, "/v1/payouts")).status != 404:
            through.append(f"{method} is answered")
    tried = "headers and words of every route's answers, good and bad; other methods"
    return Risk("API8 Security misconfiguration", tried, count, tuple(through))


def _inventory(house: House) -> Risk:
    """What is documented is deployed and handled, and nothing else is."""
    through = inventory(document())
    others = (
        "/v2/payouts",
        "/v1/payouts/",
        "/v1",
        "/",
        "/v1/admin",
        "/_control/faults",
        "/v1//psps",
    )
    headers = [("authorization", signed("both"))]
    for path in others:
        if house.gateway.answer(Sent("GET", path, headers=headers)).status != 404:
            through.append(f"{path} is answered")
    return Risk(
        "API9 Improper inventory management",
        "document, infrastructure, handlers and roles compared; paths that are none",
        len(_TEMPLATES) + len(others),
        tuple(through),
    )


def _consumed(house: House) -> Risk:
    """A PSP's word, duly signed or answered, is looked at like a stranger's."""
    webhook = "POST /v1/webhooks/{psp}"
    good = _TEMPLATES[webhook].body
    hostile: list[object] = [{**good, name: value} for name in good for value in _NONSENSE]
    hostile += [b"", b"[]", b"{", b"\xff", b"null"]
    through = []
    for body in hostile:
        status = _sent(house, webhook, body=body).status
        if status not in (200, 400, 413, 422):
            through.append(f"a webhook {str(body)[:80]}: {status}")
    for answer in _ANSWERS:
        house.fresh()
        with house.psp_says(answer):
            reply = _sent(house, "POST /v1/payments/sessions", body=_REGISTERED)
        if reply.status != 503:
            through.append(f"a session at a PSP that says {answer[:60]!r}: {reply.status}")
    tried = "signed webhooks and PSP answers that make no sense"
    count = len(hostile) + len(_ANSWERS)
    return Risk("API10 Unsafe consumption of APIs", tried, count, tuple(through))


_NONSENSE: tuple[object, ...] = (None, -1, 10**30, "", "x" * 5_000, [], {"a": 1}, "é\x00", True)
_ANSWERS = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"session": 5}',
    b"\xff\xfe",
    b"<html>",
    b'{"psp_token":""}',
)
_REGISTERED = {"checkout_id": "chk_new", "amount": 100, "currency": "EUR"}

_CHECKS: tuple[Callable[[House], Risk], ...] = (
    _objects, _authentication, _properties, _consumption, _functions, _flows, _requests,
    _configuration, _inventory, _consumed,
)  # fmt: skip
