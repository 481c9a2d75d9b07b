"""Paid in one currency, earned in another, on the deployed system."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pytest

from tests.e2e.conftest import Shop, assert_books_balance
from tools.client import Json, Reply

pytestmark = pytest.mark.e2e

LONG_AGO = "2026-01-05T12:00:00Z"
PAID, EARNED, PAID_OUT = "USD", "EUR", "GBP"
AMOUNT = 20_000


def quoted(
    shop: Shop, from_currency: str = PAID, to_currency: str = EARNED, amount: int = AMOUNT
) -> Json:
    """A quote for that much of a checkout."""
    wish = {"from_currency": from_currency, "to_currency": to_currency, "amount": amount}
    reply = shop.client.post("/v1/fx/quotes", wish, idempotency_key=shop.new_id("quote"))
    assert reply.status == 201, reply
    return reply.body


def basket(shop: Shop, *quotes: str) -> Json:
    """A checkout in dollars whose seller is paid in euros, with the card entered."""
    body = shop.basket(AMOUNT, currency=PAID)
    if quotes:
        body["fx_quotes"] = list(quotes)
    body["orders"][0]["seller_currency"] = EARNED
    shop.enter_card(body["payment_details"]["psp_token"])
    return body


def sold(shop: Shop, quote: Json) -> Json:
    """The one order of such a checkout, captured and booked."""
    body = basket(shop, quote["quote_id"])
    assert shop.submit(body).status == 202
    assert shop.final(body["checkout_id"])["status"] == "succeeded"
    order: Json = body["orders"][0]
    return order


def sums(journals: Iterable[Json]) -> dict[str, dict[str, int]]:
    """What each account came to, by currency; debits positive, sets of books aside."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for journal in journals:
        each: dict[str, int] = defaultdict(int)
        for leg in journal["legs"]:
            minor = leg["amount"] if leg["transact_type"] == "debit" else -leg["amount"]
            found[leg["currency"]][leg["account"].partition("@")[0]] += minor
            each[leg["currency"]] += minor
        assert set(each.values()) == {0}, journal
    return {currency: dict(accounts) for currency, accounts in found.items()}


def holds(shop: Shop, seller_id: str, **wanted: int) -> None:
    """Wait until the seller has exactly this in euros, and nothing in dollars."""

    def so() -> bool | None:
        balances = shop.client.get(f"/v1/wallets/{seller_id}").body["balances"]
        held = {name: minor for name, minor in balances.get(EARNED, {}).items() if minor}
        return (held == wanted and not any(balances.get(PAID, {}).values())) or None

    shop.eventually(so, f"{seller_id} to hold {wanted}")


def test_the_seller_earns_what_was_quoted(shop: Shop) -> None:
    quote = quoted(shop)

    order = sold(shop, quote)

    holds(shop, order["seller_id"], pending=quote["converted"])
    shown = shop.client.get(f"/v1/orders/{order['order_id']}").body
    assert (shown["amount"], shown["currency"]) == (AMOUNT, PAID)
    assert (shown["seller_amount"], shown["seller_currency"]) == (quote["converted"], EARNED)
    at_mid = quote["converted"] + quote["spread"]
    assert sums(shop.journals(order["order_id"])) == {
        PAID: {"psp_receivable:sandbox": AMOUNT, f"fx_position:{PAID}": -AMOUNT},
        EARNED: {
            f"fx_position:{EARNED}": at_mid,
            f"seller_pending:{order['seller_id']}": -quote["converted"],
            "fx_spread_revenue": -quote["spread"],
        },
    }
    assert quote["spread"] > 0
    assert_books_balance(shop.client)


def test_a_refund_in_full_unwinds_it(shop: Shop) -> None:
    order = sold(shop, quoted(shop))
    path = f"/v1/orders/{order['order_id']}"
    for key, body in (("part", {"amount": 3_333}), ("rest", {})):
        wish = {"reason": "sent back", **body}
        reply = shop.client.post(
            f"{path}/refunds", wish, idempotency_key=f"{order['order_id']}-{key}"
        )
        assert reply.status == 202, reply

    def booked() -> bool | None:
        kinds = [journal["kind"] for journal in shop.journals(order["order_id"])]
        return kinds.count("refund_paid") == 2 or None

    shop.eventually(booked, "both refunds to be booked")

    holds(shop, order["seller_id"])
    left = sums(shop.journals(order["order_id"]))
    assert {f"fx_position:{one}" for one in (PAID, EARNED)} <= {*left[PAID], *left[EARNED]}
    assert {minor for accounts in left.values() for minor in accounts.values()} == {0}
    assert_books_balance(shop.client)


def test_a_quote_that_does_not_fit_is_refused_and_nothing_is_charged(shop: Shop) -> None:
    def refused(body: Json) -> tuple[int, str]:
        reply: Reply = shop.submit(body)
        assert shop.charges(body["orders"][0]["order_id"]) == []
        return reply.status, reply.code

    other_way = quoted(shop, EARNED, PAID)["quote_id"]
    too_small = quoted(shop, amount=AMOUNT - 1)["quote_id"]

    assert refused(basket(shop, "fxq_nobody")) == (422, "fx_quote_unknown")
    assert refused(basket(shop, other_way)) == (422, "fx_quote_required")
    assert refused(basket(shop)) == (422, "fx_quote_required")
    assert refused(basket(shop, too_small)) == (422, "fx_quote_mismatch")


def test_an_expired_quote_is_refused(shop: Shop) -> None:
    quote = quoted(shop)
    end(shop, quote["quote_id"])
    body = basket(shop, quote["quote_id"])

    reply = shop.submit(body)

    assert (reply.status, reply.code) == (422, "fx_quote_expired")
    assert shop.charges(body["orders"][0]["order_id"]) == []
    body["fx_quotes"] = [quoted(shop)["quote_id"]]
    assert shop.submit(body).status == 202


def end(shop: Shop, quote_id: str) -> None:
    """Let a quote's time be over, as half an hour does: nobody else may change a row."""
    shop.client.aws("dynamodb").update_item(
        TableName=shop.client.endpoints.table_names["FxQuote"],
        Key={"quote_id": {"S": quote_id}},
        UpdateExpression="SET usable_until = created_at",
        ConditionExpression="attribute_exists(usable_until)",
    )


@pytest.mark.parametrize("psp", ["sandbox", "stripe", "adyen"])
def test_a_payout_arrives_in_the_currency_of_the_bank_account(shop: Shop, psp: str) -> None:
    client = shop.client
    (order,) = shop.pay(AMOUNT, currency=EARNED)["orders"]
    seller_id = order["seller_id"]
    delivery = {"delivered_at": LONG_AGO}
    assert client.post(f"/v1/orders/{order['order_id']}/deliveries", delivery).status == 202
    holds(shop, seller_id, available=17_620)
    holder = {"holder": "Blue Teapot Ltd", "currency": PAID_OUT}
    account = client.at_psp("POST", "/_control/bank_accounts", holder, psp).body["bank_account"]
    where = {"currency": PAID_OUT, "bank_account": account, "psp": psp}
    kept = client.post(f"/v1/sellers/{seller_id}/bank-accounts", where)
    assert kept.status == 201, kept

    wish = {"seller_id": seller_id, "currency": EARNED, "payout_currency": PAID_OUT}
    opened = client.post("/v1/payouts", wish, idempotency_key=seller_id)
    assert opened.status == 202, opened
    path = f"/v1/payouts/{opened.body['payout_id']}"

    def comes_to(status: str) -> Json:
        def there() -> Json | None:
            payout = client.get(path).body
            return payout if payout["status"] == status else None

        return shop.eventually(there, f"the payout to be {status}")

    sent = comes_to("in_transit")
    found = client.at_psp("GET", f"/_control/payouts?reference={sent['payout_id']}", psp=psp).body
    (at_psp,) = found["data"]
    decided = f"/_control/payouts/{at_psp['payout_reference']}"
    client.at_psp("POST", decided, {"result": "pay"}, psp)
    paid = comes_to("paid")

    assert (paid["amount"], paid["currency"]) == (17_620, EARNED)
    assert (at_psp["amount"], at_psp["currency"]) == (paid["payout_amount"], PAID_OUT)
    assert 0 < paid["payout_amount"] < 17_620
    holds(shop, seller_id)
    moved = sums(shop.journals(paid["payout_id"]))
    assert moved[PAID_OUT][f"bank:{psp}"] == -paid["payout_amount"]
    assert_books_balance(client)
