"""Stripe and Adyen beside the sandbox, on the deployed system: paid, given back, disputed, paid
out, and what happens when one of them does not answer."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.e2e.conftest import Shop, assert_books_balance
from tools.client import Client, Json

pytestmark = pytest.mark.e2e

BOTH = pytest.mark.parametrize("psp", ["stripe", "adyen"])
LONG_AGO = "2026-01-05T12:00:00Z"
AMOUNT = 7_000
AVAILABLE = 6_167
"""What is left of it after fee and tax, once the reserve is free."""


@dataclass(frozen=True, slots=True)
class Sale:
    """One captured order of a seller of its own, and the PSP that took the money."""

    shop: Shop
    psp: str
    order_id: str
    seller_id: str

    @property
    def client(self) -> Client:
        """The system."""
        return self.shop.client

    def holds(self, **buckets: int) -> None:
        """Wait until the seller's wallet holds exactly this."""

        def so() -> bool | None:
            answer = self.client.get(f"/v1/wallets/{self.seller_id}").body["balances"]
            balances = answer.get("EUR", {})
            return {name: minor for name, minor in balances.items() if minor} == buckets or None

        self.shop.eventually(so, f"{self.seller_id} to hold {buckets}")

    def legs(self, kind: str, reference: str = "") -> dict[str, int]:
        """The accounts that the one journal of this kind moves, debits positive."""
        found = [j for j in self.shop.journals(reference or self.order_id) if j["kind"] == kind]
        (journal,) = found
        return {
            leg["account"]: leg["amount"] if leg["transact_type"] == "debit" else -leg["amount"]
            for leg in journal["legs"]
        }

    def at_psp(self, kind: str, reference: str) -> list[Json]:
        """The PSP's own book of refunds, disputes or payouts."""
        name = "reference" if kind == "payouts" else "order_id"
        path = f"/_control/{kind}?{name}={reference}"
        found: list[Json] = self.client.at_psp("GET", path, psp=self.psp).body["data"]
        return found

    def decide(self, kind: str, reference: str, result: str) -> None:
        """What a bank decides about one of them."""
        path = f"/_control/{kind}/{reference}"
        self.client.at_psp("POST", path, {"result": result}, self.psp)

    def refunded(self) -> None:
        """All of it is given back, and has arrived."""
        path = f"/v1/orders/{self.order_id}/refunds"
        body = {"reason": "sent back"}
        reply = self.client.post(path, body, idempotency_key=f"{self.order_id}-back")
        assert reply.status == 202, reply

        def there() -> bool | None:
            order = self.client.get(f"/v1/orders/{self.order_id}").body
            return [one["status"] for one in order["refunds"]] == ["succeeded"] or None

        self.shop.eventually(there, f"the refund of {self.order_id} to succeed")

    def disputed(self) -> str:
        """The buyer's bank takes the money back; the PSP's reference of it."""
        body = {"order_id": self.order_id, "reason": "fraudulent"}
        reply = self.client.at_psp("POST", "/_control/disputes", body, self.psp)
        return str(reply.body["dispute_reference"])

    def paid_out(self) -> Json:
        """The payout of all that the seller has, arrived."""
        delivery = {"delivered_at": LONG_AGO}
        assert self.client.post(f"/v1/orders/{self.order_id}/deliveries", delivery).status == 202
        self.holds(available=AVAILABLE)
        holder = {"holder": self.seller_id, "currency": "EUR"}
        account = self.client.at_psp("POST", "/_control/bank_accounts", holder, self.psp).body
        where = {"currency": "EUR", "bank_account": account["bank_account"], "psp": self.psp}
        kept = self.client.post(f"/v1/sellers/{self.seller_id}/bank-accounts", where)
        assert kept.status == 201, kept
        wish = {"seller_id": self.seller_id, "currency": "EUR"}
        opened = self.client.post("/v1/payouts", wish, idempotency_key=self.seller_id)
        assert opened.status == 202, opened
        payout_id = str(opened.body["payout_id"])
        self.comes_to(payout_id, "in_transit")
        (at_psp,) = self.at_psp("payouts", payout_id)
        self.decide("payouts", at_psp["payout_reference"], "pay")
        return self.comes_to(payout_id, "paid")

    def comes_to(self, payout_id: str, status: str) -> Json:
        """The payout once it is there."""

        def there() -> Json | None:
            payout = self.client.get(f"/v1/payouts/{payout_id}").body
            return payout if payout["status"] == status else None

        return self.shop.eventually(there, f"{payout_id} to be {status}")


def sold(shop: Shop, psp: str, amount: int = AMOUNT) -> Sale:
    """A card's order, captured and booked at that PSP."""
    body = shop.elsewhere(psp, amount)
    assert shop.submit(body).status == 202
    payment = shop.final(body["checkout_id"])
    assert payment["status"] == "succeeded", payment
    (order,) = body["orders"]
    return Sale(shop, psp, order["order_id"], order["seller_id"])


@BOTH
def test_a_card_is_paid_there_and_booked_on_its_account(shop: Shop, psp: str) -> None:
    sale = sold(shop, psp)

    assert shop.client.get(f"/v1/orders/{sale.order_id}").body["psp"] == psp
    assert {name: shop.taken(sale.order_id, name) for name in ("sandbox", "stripe", "adyen")} == {
        **dict.fromkeys(("sandbox", "stripe", "adyen"), 0),
        psp: AMOUNT,
    }
    assert sale.legs("capture") == {
        f"psp_receivable:{psp}": AMOUNT,
        f"seller_pending:{sale.seller_id}": -AMOUNT,
    }
    sale.holds(pending=AMOUNT)
    assert_books_balance(shop.client)


@BOTH
def test_a_refund_ends_at_the_buyer(shop: Shop, psp: str) -> None:
    sale = sold(shop, psp)

    sale.refunded()

    sale.holds()
    (refund,) = sale.at_psp("refunds", sale.order_id)
    assert (refund["amount"], refund["status"]) == (AMOUNT, "succeeded")
    paid = shop.eventually(
        lambda: any(j["kind"] == "refund_paid" for j in shop.journals(sale.order_id)) or None,
        "the refund to be booked",
    )
    assert paid
    assert sale.legs("refund_paid")[f"psp_receivable:{psp}"] == -AMOUNT
    assert_books_balance(shop.client)


@BOTH
def test_a_chargeback_holds_the_sellers_money_until_it_is_won(shop: Shop, psp: str) -> None:
    sale = sold(shop, psp)

    dispute = sale.disputed()
    sale.holds(disputed=AMOUNT)
    withdrawn = sale.legs("dispute_withdrawn")
    for result in ("challenge", "win"):
        sale.decide("disputes", dispute, result)

    sale.holds(pending=AMOUNT)
    assert withdrawn[f"psp_receivable:{psp}"] <= -AMOUNT
    (shown,) = shop.client.get(f"/v1/orders/{sale.order_id}").body["disputes"]
    assert (shown["status"], shown["amount"]) == ("won", AMOUNT)
    assert_books_balance(shop.client)


@BOTH
def test_a_payout_arrives_at_a_bank_account_there(shop: Shop, psp: str) -> None:
    sale = sold(shop, psp)

    payout = sale.paid_out()

    sale.holds()
    (at_psp,) = sale.at_psp("payouts", payout["payout_id"])
    assert (at_psp["amount"], at_psp["currency"], at_psp["status"]) == (AVAILABLE, "EUR", "paid")
    assert sale.legs("payout_paid", payout["payout_id"])[f"bank:{psp}"] == -AVAILABLE
    for other in {"sandbox", "stripe", "adyen"} - {psp}:
        path = f"/_control/payouts?reference={payout['payout_id']}"
        assert shop.client.at_psp("GET", path, psp=other).body["data"] == []
    assert_books_balance(shop.client)


def test_every_psp_is_shown_and_answers(shop: Shop) -> None:
    # Others plant faults meanwhile; a circuit that they open closes again.
    def closed() -> list[Json] | None:
        found: list[Json] = shop.client.get("/v1/psps").body["data"]
        return found if {one["circuit"] for one in found} == {"closed"} else None

    found = shop.eventually(closed, "every circuit to be closed")

    assert [one["psp"] for one in found] == ["sandbox", "stripe", "adyen"]
    for one in found:
        assert {"credit_card", "debit_card", "wallet", "qr"} <= set(one["methods"])
        assert {"EUR", "USD", "JPY", "KWD"} <= set(one["currencies"])


@pytest.mark.parametrize(("psp", "stand_in"), [("stripe", "adyen"), ("adyen", "stripe")])
def test_refused_at_the_door_an_order_is_paid_once_at_the_stand_in(
    shop: Shop, psp: str, stand_in: str
) -> None:
    body = shop.elsewhere(psp, AMOUNT)
    (order,) = body["orders"]
    shop.fault("http_429", order["order_id"], times=9, psp=psp, operation="charge")

    shop.submit(body)
    payment = shop.final(body["checkout_id"])

    assert (payment["status"], payment["amount_captured"]) == ("succeeded", AMOUNT)
    shown = shop.client.get(f"/v1/orders/{order['order_id']}").body
    assert shown["psp"] == stand_in
    assert [(one["number"], one["psp"], one["outcome"]) for one in shown["attempts"]] == [
        (1, psp, "not_sent"),
        (2, stand_in, "captured"),
    ]
    assert shop.charges(order["order_id"], psp) == []
    (charge,) = shop.charges(order["order_id"], stand_in)
    assert (charge["captured"], charge["idempotency_key"]) == (
        AMOUNT,
        shown["attempts"][1]["idempotency_key"],
    )
    (journal,) = shop.journals(order["order_id"])
    assert journal["legs"][0]["account"] == f"psp_receivable:{stand_in}"
    assert shop.pending(order["seller_id"]) == AMOUNT


@pytest.mark.parametrize(("psp", "stand_in"), [("stripe", "adyen"), ("adyen", "stripe")])
def test_an_order_in_doubt_stays_at_its_psp(shop: Shop, psp: str, stand_in: str) -> None:
    body = shop.elsewhere(psp, AMOUNT)
    (order,) = body["orders"]
    shop.fault("timeout_after_success", order["order_id"], psp=psp)
    shop.fault("webhook_lost", order["order_id"], times=9, psp=psp)

    shop.submit(body)
    payment = shop.final(body["checkout_id"])

    assert payment["status"] == "succeeded"
    shown = shop.client.get(f"/v1/orders/{order['order_id']}").body
    assert [(one["number"], one["psp"]) for one in shown["attempts"]] == [(1, psp)]
    assert [one["captured"] for one in shop.charges(order["order_id"], psp)] == [AMOUNT]
    assert shop.charges(order["order_id"], stand_in) == []
    assert shop.pending(order["seller_id"]) == AMOUNT
