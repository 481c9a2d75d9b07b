"""Sessions: one a checkout, found again by its reference."""

import pytest

from tests.unit.sandbox_psp.shop import OK, Shop

BODY = {"reference": "chk-1", "amount": 5_000, "currency": "EUR", "method": "qr"}


def test_a_session_tells_the_merchant_what_it_needs(shop: Shop) -> None:
    answer = shop.call("POST", "/v1/sessions", BODY)

    assert answer.status == 201
    session = answer.json
    assert session["psp_token"].startswith("tok_")
    assert session["hosted_url"].endswith(f"/pay/{session['psp_token']}")
    assert (session["reference"], session["amount"], session["currency"]) == ("chk-1", 5_000, "EUR")
    assert session["expires_at"] == "2026-11-23T09:00:00.000000Z"
    assert session["client_secret"]
    assert session["status"] == "open"


def test_the_same_reference_answers_the_same_token(shop: Shop) -> None:
    first, again = (shop.call("POST", "/v1/sessions", BODY) for _ in range(2))

    assert (first.status, again.status) == (201, 200)
    assert again.is_replay
    assert again.json["psp_token"] == first.json["psp_token"]


@pytest.mark.parametrize("change", [{"amount": 5_001}, {"currency": "USD"}])
def test_the_same_reference_with_other_money_is_a_conflict(
    shop: Shop, change: dict[str, object]
) -> None:
    shop.call("POST", "/v1/sessions", BODY)

    answer = shop.call("POST", "/v1/sessions", {**BODY, **change})

    assert (answer.status, answer.code) == (409, "session_conflict")


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0}, {"amount": -1}, {"amount": 12.5}, {"amount": "100"}, {"amount": True},
        {"amount": None}, {"currency": "eur"}, {"currency": ""}, {"reference": ""},
        {"reference": 7}, {"method": "cash"}, {"return_url": "javascript:alert(1)"},
    ],
)  # fmt: skip
def test_a_bad_field_is_refused(shop: Shop, change: dict[str, object]) -> None:
    answer = shop.call("POST", "/v1/sessions", {**BODY, **change})

    assert (answer.status, answer.code) == (422, "invalid_request")


def test_a_session_is_read_by_its_token(shop: Shop) -> None:
    token = shop.session(card=OK)
    shop.charge(token)

    session = shop.call("GET", f"/v1/sessions/{token}").json

    assert session["status"] == "complete"
    assert session["payment_method"]["last4"] == "4242"


def test_merchant_calls_need_the_key(shop: Shop) -> None:
    answer = shop.call("POST", "/v1/sessions", BODY, headers={"Authorization": "Bearer wrong"})

    assert (answer.status, answer.code) == (401, "unauthorized")
    assert shop.call("GET", "/v1/sessions/tok_none").status == 404
    assert shop.call("GET", "/nowhere").status == 404
    assert shop.call("DELETE", "/v1/sessions").status == 405
    assert shop.call("POST", "/v1/sessions", [1]).code == "malformed_request"


def test_an_expired_session_takes_no_charge(shop: Shop) -> None:
    token = shop.session(card=OK)
    shop.call("POST", "/_control/clock", {"advance": "1d"})

    assert shop.charge(token).code == "session_expired"
    assert shop.call("GET", f"/v1/sessions/{token}").json["status"] == "expired"
