"""A buyer pays yesterday's code, on the deployed system: the money goes back by itself."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Shop, assert_books_balance
from tools.client import Json

pytestmark = pytest.mark.e2e

AMOUNT = 5_200


@pytest.mark.parametrize("psp", ["sandbox", "stripe", "adyen"])
def test_a_code_paid_after_it_expired_is_given_back(shop: Shop, psp: str) -> None:
    client = shop.client
    body = shop.elsewhere(psp, AMOUNT, method="qr", currency="SGD")
    checkout_id, (order,) = body["checkout_id"], body["orders"]
    path = f"/v1/orders/{order['order_id']}"
    shop.submit(body)
    shop.waiting(checkout_id)
    charge = client.psp_reference(order["order_id"])
    shop.act(charge, "expire", psp)
    assert shop.final(checkout_id)["status"] in ("failed", "cancelled")
    code = client.get(f"/v1/payments/{checkout_id}/qr.svg", order_id=order["order_id"])
    assert (code.status, code.code) == (410, "qr_expired")

    shop.act(charge, "approve", psp)

    def returned() -> Json | None:
        shown = client.get(path).body
        ended = [one["status"] for one in shown.get("refunds", [])] == ["succeeded"]
        booked = any(j["kind"] == "refund_paid" for j in shop.journals(order["order_id"]))
        return shown if ended and booked else None

    shown = shop.eventually(returned, "the late money to be given back")
    assert shown["status"] == "expired"
    assert (shown["amount_captured"], shown["amount_refunded"]) == (0, 0)
    assert shown["late_payment"]["amount"] == AMOUNT
    assert [one["amount"] for one in shown["refunds"]] == [AMOUNT]
    (at_psp,) = shop.charges(order["order_id"], psp)
    assert (at_psp["captured"], at_psp["refunded"]) == (AMOUNT, AMOUNT)
    balances: dict[str, int] = {}
    for journal in shop.journals(order["order_id"]):
        for leg in journal["legs"]:
            sign = 1 if leg["transact_type"] == "debit" else -1
            balances[leg["account"]] = balances.get(leg["account"], 0) + sign * leg["amount"]
    names = {account.partition("@")[0] for account in balances}
    assert names == {f"psp_receivable:{psp}", f"unallocated:{psp}", "refund_clearing"}
    assert set(balances.values()) == {0}
    assert client.get(f"/v1/wallets/{order['seller_id']}").body.get("balances", {}) == {}
    payment = shop.payment(checkout_id)
    assert (payment["amount_captured"], payment["is_payment_done"]) == (0, False)
    assert_books_balance(client)
