"""A checkout becomes booked seller money, exactly once, on the deployed system."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.conftest import Shop, assert_books_balance

pytestmark = pytest.mark.e2e


def test_two_sellers_are_charged_once_each_and_booked(shop: Shop) -> None:
    body = shop.basket(4000, 3000)
    shop.enter_card(body["payment_details"]["psp_token"])

    accepted = shop.submit(body)
    payment = shop.final(body["checkout_id"])

    assert accepted.status == 202
    assert accepted.body["status"] == "processing"
    assert payment["status"] == "succeeded"
    assert payment["amount_captured"] == 7000
    assert payment["is_payment_done"]
    assert payment["is_ledger_updated"]
    assert payment["is_wallet_updated"]
    for order in body["orders"]:
        assert shop.taken(order["order_id"]) == order["amount"]
        assert shop.pending(order["seller_id"]) == order["amount"]
        (journal,) = shop.journals(order["order_id"])
        assert [
            (leg["account"], leg["transact_type"], leg["amount"]) for leg in journal["legs"]
        ] == [
            ("psp_receivable:sandbox", "debit", order["amount"]),
            (f"seller_pending:{order['seller_id']}", "credit", order["amount"]),
        ]
    assert_books_balance(shop.client)


def test_a_session_is_the_same_however_often_it_is_opened(shop: Shop) -> None:
    checkout_id = shop.new_id("chk")

    tokens = {shop.session(checkout_id, 500) for _ in range(3)}
    other = shop.client.post(
        "/v1/payments/sessions", {"checkout_id": checkout_id, "amount": 501, "currency": "EUR"}
    )

    assert len(tokens) == 1
    assert (other.status, other.code) == (422, "idempotency_key_reused")


def test_a_double_click_pays_once(shop: Shop) -> None:
    body = shop.basket(1200, 800, 500)
    shop.enter_card(body["payment_details"]["psp_token"])

    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: shop.submit(body), range(4)))
    payment = shop.final(body["checkout_id"])
    again = shop.submit(body)

    assert {reply.status for reply in replies} == {202}
    replayed = [r for r in replies if r.headers.get("idempotent-replayed") == "true"]
    assert len(replayed) == 3
    assert payment["status"] == "succeeded"
    assert again.body["status"] == "succeeded"
    assert [shop.taken(order["order_id"]) for order in body["orders"]] == [1200, 800, 500]


def test_the_same_checkout_with_another_body_is_refused(shop: Shop) -> None:
    body = shop.basket(1000)
    shop.enter_card(body["payment_details"]["psp_token"])
    shop.submit(body)

    body["user_info"] = {"user_id": "somebody-else"}
    reply = shop.submit(body)

    assert (reply.status, reply.code) == (422, "idempotency_key_reused")


def test_prefer_wait_answers_with_the_end(shop: Shop) -> None:
    body = shop.basket(900)
    shop.enter_card(body["payment_details"]["psp_token"])

    reply = shop.client.post("/v1/payments/event", body, Prefer="wait=20")

    assert reply.status == 200
    assert reply.body["status"] == "succeeded"


@pytest.mark.parametrize(
    ("card", "code", "attempts"), [("declined", "generic_decline", 1), ("insufficient", None, 3)]
)
def test_declines_take_no_money(shop: Shop, card: str, code: str | None, attempts: int) -> None:
    payment = shop.pay(1500, card=card)

    (order,) = payment["orders"]
    assert payment["status"] == "failed"
    assert not payment["is_payment_done"]
    assert order["status"] == "failed"
    assert code is None or order["failure"]["code"]
    assert len(shop.charges(order["order_id"])) == attempts
    assert shop.taken(order["order_id"]) == 0
    assert shop.journals(order["order_id"]) == []


@pytest.mark.parametrize(
    ("method", "card"), [("credit_card", "three_ds"), ("wallet", None), ("qr", None)]
)
@pytest.mark.parametrize("result", ["approve", "decline"])
def test_a_buyer_acts_and_the_webhook_finishes_the_payment(
    shop: Shop, method: str, card: str | None, result: str
) -> None:
    body = shop.basket(2500, 1500, method=method)
    token = body["payment_details"]["psp_token"]
    if card is not None:
        shop.enter_card(token, card)
    shop.submit(body)
    waiting = shop.waiting(body["checkout_id"])

    shop.act(token, result)
    payment = shop.final(body["checkout_id"])

    types = {"wallet": "redirect", "qr": "qr_code", "credit_card": "three_ds"}
    assert waiting["next_action"]["type"] == types[method]
    assert payment["status"] == ("succeeded" if result == "approve" else "failed")
    taken = [shop.taken(order["order_id"]) for order in body["orders"]]
    assert taken == ([2500, 1500] if result == "approve" else [0, 0])


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_other_currencies_keep_their_minor_units(shop: Shop, currency: str) -> None:
    payment = shop.pay(1050, currency=currency)

    seller = payment["orders"][0]["seller_id"]
    assert payment["status"] == "succeeded"
    assert shop.pending(seller, currency) == 1050
    assert_books_balance(shop.client)


def test_cancel_all_captures_everybody_or_nobody(shop: Shop) -> None:
    happy = shop.pay(1000, 2000, on_partial_failure="cancel_all")

    body = shop.basket(1000, 2000, on_partial_failure="cancel_all")
    shop.enter_card(body["payment_details"]["psp_token"])
    shop.fault("amount_drift", body["orders"][1]["order_id"])
    shop.submit(body)
    first, second = (order["order_id"] for order in body["orders"])

    def resolved() -> bool | None:
        statuses = {o["order_id"]: o["status"] for o in shop.payment(body["checkout_id"])["orders"]}
        return True if statuses == {first: "voided", second: "conflicted"} else None

    assert happy["status"] == "succeeded"
    assert shop.eventually(resolved, "the other order to be voided")
    assert shop.taken(first) == 0
    assert shop.journals(second) == []


def test_a_partial_manual_capture_books_what_was_taken(shop: Shop) -> None:
    body = shop.basket(5000, capture="manual")
    shop.enter_card(body["payment_details"]["psp_token"])
    shop.submit(body)
    (order,) = body["orders"]
    path = f"/v1/orders/{order['order_id']}"

    def authorized() -> bool | None:
        return True if shop.client.get(path).body.get("status") == "authorized" else None

    shop.eventually(authorized, "the authorisation")
    too_much = shop.client.post(f"{path}/capture", {"amount": 5001})
    captured = shop.client.post(f"{path}/capture", {"amount": 3000})
    payment = shop.final(body["checkout_id"])
    again = shop.client.post(f"{path}/capture", {"amount": 3000})
    other = shop.client.post(f"{path}/capture", {"amount": 2000})

    assert (too_much.status, captured.status) == (422, 202)
    assert payment["amount_captured"] == 3000
    assert shop.client.get(path).body["status"] == "partially_captured"
    assert shop.pending(order["seller_id"]) == 3000
    assert (again.status, other.status) == (202, 409)
    assert shop.taken(order["order_id"]) == 3000


def test_a_cancelled_payment_is_never_charged(shop: Shop) -> None:
    body = shop.basket(2000, method="wallet")
    token = body["payment_details"]["psp_token"]
    shop.submit(body)
    shop.waiting(body["checkout_id"])

    reply = shop.client.call("POST", f"/v1/payments/{body['checkout_id']}/cancel")
    payment = shop.final(body["checkout_id"])
    late = shop.client.psp("POST", f"/_control/actions/{token}", {"result": "approve"})

    assert reply.status == 202
    assert payment["status"] == "cancelled"
    assert shop.taken(body["orders"][0]["order_id"]) == 0
    assert late.status in (200, 409)


def test_an_order_id_of_another_checkout_fails_and_is_never_charged(shop: Shop) -> None:
    first = shop.pay(1000)
    taken_id = first["orders"][0]["order_id"]
    body = shop.basket(1000)
    body["orders"][0]["order_id"] = taken_id
    shop.enter_card(body["payment_details"]["psp_token"])

    shop.submit(body)
    payment = shop.final(body["checkout_id"])

    assert payment["status"] == "failed"
    assert payment["orders"][0]["failure"]["code"] == "order_id_in_use"
    assert shop.taken(taken_id) == 1000


def test_a_lone_order_lives_as_any_other(shop: Shop) -> None:
    token = shop.session(shop.new_id("chk"), 1700)
    shop.enter_card(token)
    order_id, seller_id = shop.new_id("ord"), shop.new_id("sel")
    body = {
        "payment_details": {"method": "credit_card", "psp_token": token},
        "amount": 1700,
        "currency": "EUR",
        "seller_id": seller_id,
    }

    first = shop.client.post(f"/v1/orders/{order_id}", body)
    second = shop.client.post(f"/v1/orders/{order_id}", body)
    other = shop.client.post(f"/v1/orders/{order_id}", {**body, "amount": 1})

    def booked() -> bool | None:
        return True if shop.pending(seller_id) == 1700 else None

    assert (first.status, second.status) == (202, 202)
    assert second.headers.get("idempotent-replayed") == "true"
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert shop.eventually(booked, "the seller's money")
    assert shop.client.get(f"/v1/orders/{order_id}").body["status"] == "captured"


def test_the_trail_shows_everything_that_happened(shop: Shop) -> None:
    payment = shop.pay(1100, 900)

    def complete() -> dict[str, object] | None:
        trail = shop.client.get(f"/v1/payments/{payment['checkout_id']}/trail").body
        return trail if len(trail["psp_events"]) == 2 else None

    trail = shop.eventually(complete, "both webhooks")

    assert len(trail["orders"]) == 2  # type: ignore[arg-type]
    assert len(trail["journals"]) == 2  # type: ignore[arg-type]
    assert trail["residuals"] == {"EUR": {"psp_receivable:sandbox": 2000}}
