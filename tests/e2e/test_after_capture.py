"""What happens to a seller's money after the capture: delivery, refunds, disputes, on the deployed
system."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.e2e.conftest import Shop, assert_books_balance
from tools.client import Json, Reply

pytestmark = pytest.mark.e2e

EMPTY = {"pending": 0, "available": 0, "reserved": 0, "in_payout": 0, "disputed": 0, "debt": 0}


@dataclass(frozen=True, slots=True)
class Sale:
    """One captured order and what can be done to it."""

    shop: Shop
    order_id: str
    seller_id: str
    checkout_id: str

    def deliver(self, **body: str) -> Reply:
        """Tell the system that the buyer has the goods."""
        return self.shop.client.post(f"/v1/orders/{self.order_id}/deliveries", body)

    def refund(self, amount: int | None = None, key: str = "1", **extra: object) -> Reply:
        """Ask for a refund under a key of this order's own."""
        body: Json = {"reason": "sent back", **extra}
        if amount is not None:
            body["amount"] = amount
        path = f"/v1/orders/{self.order_id}/refunds"
        return self.shop.client.post(path, body, idempotency_key=f"{self.order_id}-{key}")

    def refunds(self) -> list[str]:
        """The statuses of the order's refunds."""
        order = self.shop.client.get(f"/v1/orders/{self.order_id}").body
        return [refund["status"] for refund in order.get("refunds", [])]

    def wallet(self) -> dict[str, int]:
        """The seller's balances."""
        answer = self.shop.client.get(f"/v1/wallets/{self.seller_id}").body["balances"]
        balances: dict[str, int] = answer.get("EUR", EMPTY)
        return balances

    def holds(self, **buckets: int) -> None:
        """Wait until the seller's wallet holds exactly this."""
        wanted = {**EMPTY, **buckets}
        self.shop.eventually(
            lambda: self.wallet() == wanted or None, f"{self.seller_id} to hold {buckets}"
        )

    def refunds_are(self, *statuses: str) -> None:
        """Wait until the order's refunds stand like this."""
        self.shop.eventually(
            lambda: self.refunds() == list(statuses) or None, f"refunds to be {statuses}"
        )

    def dispute(self, **body: object) -> str:
        """The buyer's bank asks for the money; returns the PSP's reference."""
        reply = self.shop.client.psp(
            "POST", "/_control/disputes", {"order_id": self.order_id, **body}
        )
        assert reply.status == 201, reply
        return str(reply.body["dispute_reference"])

    def decide(self, dispute: str, result: str) -> None:
        """What the bank decides."""
        reply = self.shop.client.psp("POST", f"/_control/disputes/{dispute}", {"result": result})
        assert reply.status == 200, reply

    def clears(self) -> None:
        """Wait until nothing is left on the order's clearing accounts but what the PSP owes."""

        def cleared() -> bool | None:
            trail = self.shop.client.get(f"/v1/payments/{self.checkout_id}/trail").body
            left = trail["residuals"].get("EUR", {})
            return not any(minor for name, minor in left.items() if "psp_" not in name) or None

        self.shop.eventually(cleared, f"the clearing accounts of {self.order_id} to be empty")


def sold(shop: Shop, amount: int = 7000) -> Sale:
    """A captured order of a seller of its own."""
    payment = shop.pay(amount)
    (order,) = payment["orders"]
    return Sale(shop, order["order_id"], order["seller_id"], payment["checkout_id"])


def test_delivery_releases_the_money_less_fee_tax_and_reserve_once(shop: Shop) -> None:
    sale = sold(shop)

    with ThreadPoolExecutor(3) as pool:
        replies = list(pool.map(lambda _: sale.deliver(), range(3)))
    sale.holds(available=5859, reserved=308)
    again = sale.deliver()

    assert {reply.status for reply in replies} == {202}
    assert again.headers["idempotent-replayed"] == "true"
    release = next(j for j in shop.journals(sale.order_id) if j["kind"] == "release")
    legs = {leg["account"].split(":")[0]: leg["amount"] for leg in release["legs"]}
    assert legs == {
        "seller_pending": 7000,
        "platform_fee_revenue": 700,
        "fee_tax_payable": 133,
        "seller_reserve": 308,
        "seller_available": 5859,
    }
    assert_books_balance(shop.client)


def test_a_long_past_delivery_holds_nothing_back(shop: Shop) -> None:
    sale = sold(shop)

    sale.deliver(delivered_at="2026-01-05T12:00:00+01:00")

    sale.holds(available=6167)


def test_a_refund_before_delivery_comes_from_what_is_pending(shop: Shop) -> None:
    sale = sold(shop)

    assert sale.refund(3000).status == 202
    sale.refunds_are("succeeded")
    sale.deliver()

    sale.holds(available=3348, reserved=176)
    (charge,) = shop.charges(sale.order_id)
    assert charge["refunded"] == 3000
    sale.clears()
    assert shop.payment(sale.checkout_id)["amount_refunded"] == 3000


def test_a_refund_after_delivery_gives_fee_and_tax_back_pro_rata(shop: Shop) -> None:
    sale = sold(shop)
    sale.deliver()
    sale.holds(available=5859, reserved=308)

    sale.refund(3000, key="a")
    sale.refunds_are("succeeded")
    sale.holds(available=3348, reserved=176)
    sale.refund(key="b")
    sale.refunds_are("succeeded", "succeeded")

    sale.holds()
    accounts = [leg for j in shop.journals(sale.order_id) for leg in j["legs"]]
    fees = [
        leg["amount"] * (1 if leg["transact_type"] == "credit" else -1)
        for leg in accounts
        if leg["account"] in ("platform_fee_revenue", "fee_tax_payable")
    ]
    assert sum(fees) == 0
    sale.clears()


def test_more_is_never_refunded_than_was_captured_however_many_ask_at_once(shop: Shop) -> None:
    sale = sold(shop)

    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda n: sale.refund(3000, key=str(n)), range(6)))

    assert sorted(reply.status for reply in replies) == [202, 202, 422, 422, 422, 422]
    assert {reply.code for reply in replies if reply.status == 422} == {"refund_exceeds_captured"}
    sale.refunds_are("succeeded", "succeeded")
    (charge,) = shop.charges(sale.order_id)
    assert charge["refunded"] == 6000


def test_the_same_refund_asked_for_twice_is_one(shop: Shop) -> None:
    sale = sold(shop)

    first, again = sale.refund(1000), sale.refund(1000)
    other = sale.refund(1001)

    assert first.body["refund_id"] == again.body["refund_id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status, other.code) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    "kind", ["timeout_before", "timeout_after_success", "http_500", "http_429", "connection_drop"]
)
def test_a_fault_at_the_psp_refunds_exactly_once(shop: Shop, kind: str) -> None:
    sale = sold(shop)
    shop.fault(kind, sale.order_id, operation="refund")

    sale.refund(2500)
    sale.refunds_are("succeeded")

    (charge,) = shop.charges(sale.order_id)
    assert charge["refunded"] == 2500
    sale.holds(pending=4500)
    sale.clears()


def test_a_refund_that_fails_gives_the_seller_the_money_back(shop: Shop) -> None:
    sale = sold(shop)
    sale.deliver()
    shop.fault("refund_fails", sale.order_id, operation="refund")

    sale.refund(3000)
    sale.refunds_are("failed")

    sale.holds(available=5859, reserved=308)
    sale.clears()
    assert sale.refund(7000, key="again").status == 202


def test_a_refund_that_comes_back_after_it_succeeded_is_booked_back(shop: Shop) -> None:
    sale = sold(shop)
    sale.deliver()
    shop.fault("refund_reversed", sale.order_id, operation="refund")

    sale.refund(3000)
    sale.refunds_are("reversed")

    sale.holds(available=5859, reserved=308)
    sale.clears()


def test_a_seller_short_of_funds_goes_into_debt_and_pays_it_from_the_next_sale(shop: Shop) -> None:
    sale = sold(shop)
    sale.deliver()
    sale.holds(available=5859, reserved=308)
    drained = {
        "seller_id": sale.seller_id,
        "amount": 5859,
        "currency": "EUR",
        "transact_type": "debit",
        "reason": "paid by hand",
        "reference": sale.order_id,
    }
    reply = shop.client.post("/v1/wallet", drained, idempotency_key=sale.order_id)
    assert reply.status == 201

    sale.refund()
    sale.refunds_are("succeeded")

    sale.holds(debt=5859)
    assert_books_balance(shop.client)


def test_a_dispute_holds_the_money_and_gives_it_back_when_won(shop: Shop) -> None:
    sale = sold(shop)
    sale.deliver()
    sale.holds(available=5859, reserved=308)
    sale.refund(3000)
    sale.holds(available=3348, reserved=176)
    sale.refunds_are("succeeded")

    dispute = sale.dispute()
    sale.holds(disputed=4000, debt=476)
    refused = sale.refund(100, key="late")
    sale.decide(dispute, "challenge")
    sale.decide(dispute, "win")

    sale.holds(available=3348, reserved=176)
    assert (refused.status, refused.code) == (409, "illegal_transition")
    order = shop.client.get(f"/v1/orders/{sale.order_id}").body
    (shown,) = order["disputes"]
    assert (shown["status"], shown["amount"], shown["fee"]) == ("won", 4000, 1500)
    assert "evidence_due_at" in shown
    sale.clears()
    assert_books_balance(shop.client)


def test_a_lost_dispute_is_the_sellers_and_a_second_round_can_win_it_back(shop: Shop) -> None:
    sale = sold(shop)
    dispute = sale.dispute()
    sale.holds(disputed=7000)
    sale.decide(dispute, "win")
    sale.holds(pending=7000)

    sale.decide(dispute, "escalate")
    sale.holds(disputed=7000)
    sale.decide(dispute, "lose")
    sale.holds()

    sale.clears()
    assert_books_balance(shop.client)


def test_an_inquiry_only_holds(shop: Shop) -> None:
    sale = sold(shop)

    dispute = sale.dispute(stage="pre_dispute", amount=2000)
    sale.holds(pending=5000, disputed=2000)
    sale.decide(dispute, "cancel")

    sale.holds(pending=7000)
    kinds = [journal["kind"] for journal in shop.journals(sale.order_id)]
    assert "dispute_withdrawn" not in kinds


def test_what_cannot_be_is_refused_and_nothing_is_written(shop: Shop) -> None:
    sale = sold(shop)
    held = shop.basket(900, capture="manual")
    shop.enter_card(held["payment_details"]["psp_token"])
    shop.submit(held)
    (waiting,) = held["orders"]
    authorized = Sale(shop, waiting["order_id"], waiting["seller_id"], held["checkout_id"])
    shop.eventually(
        lambda: (
            shop.client.get(f"/v1/orders/{authorized.order_id}").body.get("status") == "authorized"
            or None
        ),
        "the order to be authorized",
    )

    def refused(reply: Reply) -> tuple[int, str]:
        return reply.status, reply.code

    assert refused(authorized.deliver()) == (409, "illegal_transition")
    assert refused(authorized.refund(1)) == (409, "illegal_transition")
    assert refused(sale.deliver(delivered_at="2031-01-01T00:00:00Z")) == (422, "validation_failed")
    assert refused(sale.deliver(delivered_at="yesterday")) == (422, "validation_failed")
    assert refused(sale.refund(7001)) == (422, "refund_exceeds_captured")
    assert refused(sale.refund(0)) == (422, "validation_failed")
    assert refused(sale.refund(100, currency="USD")) == (422, "validation_failed")
    path = f"/v1/orders/{sale.order_id}/refunds"
    assert refused(shop.client.post(path, {"amount": 1, "reason": "x"})) == (
        400,
        "idempotency_key_missing",
    )
    assert refused(shop.client.post("/v1/orders/nobody/deliveries", {})) == (404, "not_found")
    assert sale.refunds() == []
    sale.holds(pending=7000)
    sale.refund(key="all")
    sale.refunds_are("succeeded")
    assert refused(sale.deliver()) == (409, "illegal_transition")
