"""Bad input gets a problem with a stable code, and nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import Shop

pytestmark = pytest.mark.e2e


def _order(amount: object, order_id: str = "o", **more: Any) -> dict[str, Any]:
    return {"order_id": order_id, "seller_id": "s", "amount": amount, **more}


BODIES: dict[str, tuple[dict[str, Any], int, str]] = {
    "unknown method": (
        {"payment_details": {"method": "cash", "psp_token": "t"}},
        422,
        "validation_failed",
    ),
    "unknown currency": ({"currency": "XXX"}, 422, "validation_failed"),
    "fraction": ({"orders": [_order(10.5)]}, 422, "validation_failed"),
    "text amount": ({"orders": [_order("10")]}, 422, "validation_failed"),
    "negative": ({"orders": [_order(-1)]}, 422, "validation_failed"),
    "zero": ({"orders": [_order(0)]}, 422, "validation_failed"),
    "over-large": ({"orders": [_order(10**12)]}, 422, "validation_failed"),
    "sum": ({"amount": 999}, 422, "amount_mismatch"),
    "no orders": ({"orders": []}, 422, "validation_failed"),
    "51 orders": ({"orders": [_order(1, f"o{i}") for i in range(51)]}, 422, "validation_failed"),
    "order twice": ({"orders": [_order(5), _order(5)]}, 422, "validation_failed"),
    "two currencies": ({"orders": [_order(10, currency="USD")]}, 422, "validation_failed"),
    "unknown field": ({"captur": "manual"}, 422, "validation_failed"),
    "card number": (
        {"user_info": {"user_id": "u", "email": "4242 4242 4242 4242"}},
        422,
        "card_number_refused",
    ),
    "card number as number": ({"amount": 4242424242424242}, 422, "card_number_refused"),
    "another's token": (
        {"payment_details": {"method": "qr", "psp_token": "tok_other"}},
        422,
        "session_mismatch",
    ),
    "another sum than registered": ({"orders": [_order(999)]}, 422, "amount_mismatch"),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_refused_body_stores_nothing(shop: Shop, case: str) -> None:
    change, status, code = BODIES[case]
    body = {**shop.basket(1000), **change}

    reply = shop.submit(body)

    assert (reply.status, reply.code) == (status, code), reply.body
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.body["request_id"] == reply.headers["x-request-id"]
    assert "4242424242424242" not in str(reply.body).replace(" ", "")
    assert shop.payment(body["checkout_id"])["status"] == "open"


RAW: dict[str, tuple[bytes, str, int, str]] = {
    "broken": (b'{"checkout_id": ', "application/json", 400, "malformed_request"),
    "not an object": (b"[1]", "application/json", 400, "malformed_request"),
    "deep": (b'{"a":' * 40 + b"1" + b"}" * 40, "application/json", 400, "malformed_request"),
    "name twice": (b'{"a":1,"a":2}', "application/json", 400, "malformed_request"),
    "not JSON": (b"a=1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    "300 kB": (b'{"a":"' + b"x" * 300_000 + b'"}', "application/json", 413, "body_too_large"),
}


@pytest.mark.parametrize("case", RAW)
def test_an_unreadable_body_is_a_problem(shop: Shop, case: str) -> None:
    raw, media_type, status, code = RAW[case]

    reply = shop.client.call(
        "POST", "/v1/payments/event", headers={"content-type": media_type}, raw=raw
    )

    assert (reply.status, reply.code) == (status, code), reply.body


def test_an_unsigned_call_is_refused(shop: Shop) -> None:
    assert shop.client.call("GET", "/v1/payments/x", signed=False).status == 403
    assert shop.client.call("GET", "/v1/health", signed=False).status == 200


def test_what_is_not_there_is_not_found(shop: Shop) -> None:
    for path in ("/v1/payments/none", "/v1/orders/none", f"/v1/ledger/journals/jrn_{'0' * 40}"):
        reply = shop.client.get(path)
        assert (reply.status, reply.code) == (404, "not_found"), path


def test_a_payment_without_a_session_is_refused(shop: Shop) -> None:
    body = {**shop.basket(1000), "checkout_id": shop.new_id("never")}

    reply = shop.submit(body)

    assert (reply.status, reply.code) == (422, "session_not_found")
