"""Hosted pages: what the buyer sees, clicks, and cannot break out of."""

import binascii

import pytest

from tests.unit.sandbox_psp.shop import OK, THREE_DS, Answer, Shop
from tools.sandbox_psp.qr import decimal_text, payload
from tools.sandbox_psp.wire import Request


def html(shop: Shop, token: str) -> str:
    return shop.call("GET", f"/pay/{token}").response.body.decode()


def submit(shop: Shop, path: str, fields: str) -> Answer:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Answer(shop.psp.handle(Request("POST", path, "", headers, fields.encode())))


@pytest.mark.parametrize(
    ("method", "card", "words"),
    [
        ("credit_card", None, ["Card number", "4242 4242 4242 4242", 'name="number"']),
        ("wallet", None, ["Approve payment", "Decline"]),
        ("qr", None, ["<svg", "viewBox", "Simulate scan: approve", 'role="timer"']),
        ("credit_card", THREE_DS, ["visa ending in 3155", "Approve"]),
    ],
)
def test_the_page_shows_what_there_is_to_do(
    shop: Shop, method: str, card: str | None, words: list[str]
) -> None:
    token = shop.session(amount=12_050, card=card)
    shop.charge(token, method=method)

    page = html(shop, token)

    assert "120.50 EUR" in page
    assert all(word in page for word in words)


def test_a_buyer_clicks_through_to_the_shop(shop: Shop) -> None:
    token = shop.session(method="wallet", return_url="https://shop.example/back?a=1&b=2")
    shop.charge(token, method="wallet")

    clicked = submit(shop, f"/pay/{token}", "result=approve")

    assert (clicked.status, clicked.response.headers["location"]) == (303, f"/pay/{token}")
    page = html(shop, token)
    assert "Payment approved" in page
    assert 'href="https://shop.example/back?a=1&amp;b=2"' in page
    assert submit(shop, f"/pay/{token}", "result=decline").status == 303
    assert shop.status() == "captured"


def test_a_card_is_entered_by_a_plain_form(shop: Shop) -> None:
    token = shop.session()
    shop.charge(token)
    path = f"/sessions/{token}/payment_method"

    wrong = submit(shop, path, "type=card&number=4242424242424241&exp_month=12")
    right = submit(shop, path, f"type=card&number={OK}&exp_month=12&exp_year=2034&cvc=123")

    assert 'role="alert"' in wrong.response.body.decode()
    assert "4242424242424241" not in wrong.response.body.decode()
    assert right.status == 303
    assert shop.status() == "captured"


def test_nothing_given_becomes_markup(shop: Shop) -> None:
    nasty = "<script>alert(1)</script>\"'"
    token = shop.session(nasty, return_url='https://shop.example/"><script>')
    shop.charge(token, nasty, method="wallet")
    before = html(shop, token)
    shop.act(token, "approve")

    for page in (before, html(shop, token)):
        assert "<script>alert" not in page
        assert '"><script>' not in page


def test_the_policy_lets_nothing_else_run_or_load(shop: Shop) -> None:
    headers = shop.call("GET", f"/pay/{shop.session()}").response.headers

    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert shop.call("GET", "/pay/tok_none").status == 404


def test_a_merchants_page_may_post_a_card_but_not_drive_the_controls(shop: Shop) -> None:
    token = shop.session()
    path = f"/sessions/{token}/payment_method"

    assert shop.call("OPTIONS", path).response.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" in shop.attach(token, OK).response.headers
    assert shop.call("OPTIONS", "/_control/faults").status == 405


def test_the_code_ends_in_its_checksum() -> None:
    assert binascii.crc_hqx(b"123456789", 0xFFFF) == 0x29B1
    text = payload("tok_x", "chk-1", 1_250, "EUR")

    assert text.startswith("000201010212")
    assert "540512.50" in text
    assert text[-4:] == f"{binascii.crc_hqx(text[:-4].encode(), 0xFFFF):04X}"


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(1, "EUR", "0.01"), (1_250, "JPY", "1250"), (1_250, "KWD", "1.250"), (100, "USD", "1.00")],
)
def test_amounts_are_shown_in_the_currencys_places(amount: int, currency: str, text: str) -> None:
    assert decimal_text(amount, currency) == text
