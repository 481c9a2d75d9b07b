"""Persons erased on request on the deployed system, while the books stay whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Shop, assert_books_balance
from tools.client import Json, Reply

pytestmark = pytest.mark.e2e


def rows(shop: Shop, text: str) -> Iterator[tuple[str, str]]:
    """Every row of every table in which this stands, with its table."""
    dynamodb = shop.client.aws("dynamodb")
    for name, table in shop.client.endpoints.table_names.items():
        for page in dynamodb.get_paginator("scan").paginate(TableName=table):
            found = (json.dumps(item, default=str) for item in page["Items"])
            yield from ((name, row) for row in found if text in row)


def erase(shop: Shop, checkout_id: str) -> Reply:
    """Erase the buyer of a checkout."""
    return shop.client.post(f"/v1/payments/{checkout_id}/erasure", {})


def of_somebody(shop: Shop, *amounts: int, **extra: Any) -> tuple[str, Json]:
    """Somebody nobody else is, and a checkout of theirs with the card entered."""
    user_id = shop.new_id("person")
    body = shop.basket(*amounts, **extra)
    body["user_info"]["user_id"] = user_id
    body["payment_details"]["return_url"] = f"https://shop.example/back/{user_id}"
    shop.enter_card(body["payment_details"]["psp_token"])
    return user_id, body


def test_a_buyer_is_erased_from_a_checkout_that_is_over_and_it_goes_on_without(shop: Shop) -> None:
    user_id, body = of_somebody(shop, 4_000, 3_000)
    checkout_id, orders = body["checkout_id"], [one["order_id"] for one in body["orders"]]
    assert shop.submit(body).status == 202
    before = shop.final(checkout_id)
    assert {name for name, _ in rows(shop, user_id)} == {"PaymentEvent", "PaymentOrder"}

    first, again = erase(shop, checkout_id), erase(shop, checkout_id)

    assert (first.status, sorted(first.body["orders"])) == (200, sorted(orders)), first
    assert "idempotent-replayed" not in first.headers
    assert (again.status, again.body) == (200, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert list(rows(shop, user_id)) == []
    same = {"status", "amount_captured", "orders", "is_wallet_updated"}
    assert {name: shop.payment(checkout_id)[name] for name in same} == {
        name: before[name] for name in same
    }

    # The PSP knows the charge, and nobody needs to know the buyer to give the money back.
    path = f"/v1/orders/{orders[0]}/refunds"
    wanted = {"reason": "never arrived"}
    assert shop.client.post(path, wanted, Idempotency_Key=shop.new_id("key")).status == 202
    shop.eventually(
        lambda: shop.payment(checkout_id)["amount_refunded"] == 4_000 or None, "the refund"
    )
    assert list(rows(shop, user_id)) == []
    assert shop.submit(body).code == "idempotency_key_reused"
    assert_books_balance(shop.client)


def test_a_buyer_stays_while_an_order_can_need_them(shop: Shop) -> None:
    user_id, body = of_somebody(shop, 4_000, capture="manual")
    checkout_id, order_id = body["checkout_id"], body["orders"][0]["order_id"]
    assert shop.submit(body).status == 202
    shop.eventually(
        lambda: shop.payment(checkout_id)["orders"][0]["status"] == "authorized" or None,
        "the authorisation",
    )

    early = erase(shop, checkout_id)

    assert (early.status, early.code) == (409, "not_final"), early
    assert f"order {order_id} is authorized" in early.body["detail"]
    assert len(list(rows(shop, user_id))) == 2
    assert shop.client.post(f"/v1/orders/{order_id}/cancel", {}).status == 202
    shop.final(checkout_id)
    assert erase(shop, checkout_id).status == 200
    assert list(rows(shop, user_id)) == []


def test_a_buyers_wallet_becomes_nobodys_and_its_journals_stay(shop: Shop) -> None:
    user_id = shop.new_id("person")

    def book(side: str) -> Reply:
        body = {
            "user_id": user_id,
            "amount": 700,
            "currency": "EUR",
            "transact_type": side,
            "reason": "voucher",
            "reference": shop.new_id("case"),
        }
        return shop.client.post("/v1/ledger", body, Idempotency_Key=shop.new_id("key"))

    credited = book("credit")
    wallet = credited.body["legs"][0]["account"]
    assert wallet.startswith("buyer_wallet:bw_")
    assert [name for name, _ in rows(shop, user_id)] == ["Buyer"]

    full = shop.client.post("/v1/buyers/erasure", {"user_id": user_id})
    assert (full.status, full.code) == (409, "wallet_has_balance"), full
    assert book("debit").status == 201
    first, again = (shop.client.post("/v1/buyers/erasure", {"user_id": user_id}) for _ in range(2))

    assert (first.status, again.status) == (200, 200), (first, again)
    assert again.headers["idempotent-replayed"] == "true"
    pseudonym = wallet.partition(":")[2]
    left = list(rows(shop, user_id))
    # The one row that DynamoDB removes by itself.
    assert [name for name, _ in left] == ["Buyer"]
    assert "expires_at" in left[0][1]
    assert pseudonym not in left[0][1]
    kept = shop.client.get(f"/v1/ledger/journals/{credited.body['ledger_id']}")
    assert kept.body == credited.body
    assert book("credit").body["legs"][0]["account"] not in ("", wallet)
    refused = shop.client.post(
        "/v1/ledger",
        {
            "account": wallet,
            "amount": 700,
            "currency": "EUR",
            "transact_type": "credit",
            "reason": "too late",
            "reference": shop.new_id("case"),
        },
        Idempotency_Key=shop.new_id("key"),
    )
    assert (refused.status, refused.code) == (422, "buyer_wallet_closed"), refused
    assert_books_balance(shop.client)


def test_a_sellers_bank_account_is_erased_and_nothing_is_paid_there(shop: Shop) -> None:
    seller_id, holder = shop.new_id("sel"), shop.new_id("holder")
    known = {"holder": holder, "currency": "EUR"}
    account = shop.client.psp("POST", "/_control/bank_accounts", known).body["bank_account"]
    path = f"/v1/sellers/{seller_id}/bank-accounts"
    assert shop.client.post(path, {"currency": "EUR", "bank_account": account}).status == 201
    assert [name for name, _ in rows(shop, holder)] == ["Payout"]

    first, again = (shop.client.post(f"{path}/EUR/erasure", {}) for _ in range(2))

    assert (first.status, again.status) == (200, 200), (first, again)
    assert again.headers["idempotent-replayed"] == "true"
    assert list(rows(shop, holder)) == []
    assert list(rows(shop, account)) == []
    assert shop.client.get(path).body["data"] == []
    credit = {
        "seller_id": seller_id,
        "amount": 5_000,
        "currency": "EUR",
        "transact_type": "credit",
        "reason": "goodwill",
        "reference": shop.new_id("case"),
    }
    key = shop.new_id("key")
    assert shop.client.post("/v1/wallet", credit, Idempotency_Key=key).status == 201
    wanted = {"seller_id": seller_id, "currency": "EUR"}
    payout = shop.client.post("/v1/payouts", wanted, Idempotency_Key=shop.new_id("key"))
    assert (payout.status, payout.code) == (422, "no_bank_account"), payout
    back = shop.client.post(path, {"currency": "EUR", "bank_account": account})
    assert back.body["usable_from"] > back.body["changed_at"], back
