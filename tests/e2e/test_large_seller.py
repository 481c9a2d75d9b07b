"""A seller with several wallets, on the deployed system: sold, refunded and paid out as one."""

from __future__ import annotations

from collections import Counter

import pytest

from countinghouse.domain.sub_wallets import SellerShards
from tests.e2e.conftest import Shop, assert_books_balance
from tests.e2e.test_payouts import LONG_AGO, Earner
from tools.client import Json

pytestmark = pytest.mark.e2e

SELLER = "grand-bazaar"
"""Has four wallets by the packaged market's rules."""
WALLETS = 4


def orders_in_each_wallet(shop: Shop) -> list[str]:
    """An order id for each of the seller's wallets."""
    found: dict[int, str] = {}
    while len(found) < WALLETS:
        order_id = shop.new_id("ord")
        found.setdefault(SellerShards({SELLER: WALLETS}).shard_for(SELLER, order_id), order_id)
    return [found[shard] for shard in range(WALLETS)]


def sold(shop: Shop, *amounts: int) -> list[str]:
    """A checkout of orders of this seller, one in each wallet, paid and delivered long ago."""
    ids = orders_in_each_wallet(shop)
    body = shop.basket(*amounts)
    for order, order_id in zip(body["orders"], ids, strict=True):
        order |= {"order_id": order_id, "seller_id": SELLER}
    shop.enter_card(body["payment_details"]["psp_token"])
    assert shop.submit(body).status == 202
    assert shop.final(body["checkout_id"])["status"] == "succeeded"
    for order_id in ids:
        path = f"/v1/orders/{order_id}/deliveries"
        assert shop.client.post(path, {"delivered_at": LONG_AGO}).status == 202
    return ids


def balances(shop: Shop) -> Counter[str]:
    """What the seller holds, over all wallets."""
    shown: Json = shop.client.get(f"/v1/wallets/{SELLER}").body["balances"]
    return Counter(shown.get("EUR", {}))


def test_a_seller_of_four_wallets_is_paid_out_as_one(shop: Shop) -> None:
    earner = Earner(shop, SELLER)
    before = balances(shop)["available"] - balances(shop)["debt"]
    ids = sold(shop, 7_000, 1_200, 7_000, 2_000)
    net = before + 6_167 + 1_057 + 6_167 + 1_762
    shop.eventually(
        lambda: balances(shop)["available"] - balances(shop)["debt"] == net or None,
        f"{net} to be available",
    )
    assert earner.register(earner.bank_account()).status == 201

    reply = shop.client.post(
        f"/v1/orders/{ids[2]}/refunds",
        {"amount": 3_000, "reason": "sent back"},
        idempotency_key=f"{ids[2]}-refund",
    )
    assert reply.status == 202, reply
    net -= 2_643
    shop.eventually(
        lambda: balances(shop)["available"] - balances(shop)["debt"] == net or None,
        "the refund to be taken from its wallet",
    )
    assert earner.payability()["payable"] == net

    payout_id = earner.opened(key=ids[0])
    earner.comes_to(payout_id, "in_transit")
    earner.bank_says(payout_id, "pay")
    paid = earner.comes_to(payout_id, "paid")

    assert paid["amount"] == net
    earner.holds()
    kinds = Counter(
        entry["kind"]
        for entry in shop.client.get(f"/v1/wallets/{SELLER}/entries?limit=100").body["data"]
    )
    assert kinds["fold_out"] >= WALLETS - 1
    assert kinds["fold_in"] == kinds["fold_out"]
    trail = shop.client.get(f"/v1/payments/{paid_checkout(shop, ids[2])}/trail").body
    assert payout_id in str(trail)
    assert_books_balance(shop.client)


def paid_checkout(shop: Shop, order_id: str) -> str:
    """The checkout that an order came with."""
    found: str = shop.client.get(f"/v1/orders/{order_id}").body["checkout_id"]
    return found
