"""A seller's money on its way to the bank, on the deployed system."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.e2e.conftest import Shop, assert_books_balance
from tools.client import Client, Json, Reply

pytestmark = pytest.mark.e2e

LONG_AGO = "2026-01-05T12:00:00Z"
"""A delivery whose reserve would be free by now: all of the seller's part is available."""


@dataclass(frozen=True, slots=True)
class Earner:
    """A seller with money available, and a bank account."""

    shop: Shop
    seller_id: str
    currency: str = "EUR"

    @property
    def client(self) -> Client:
        """The system."""
        return self.shop.client

    def bank_account(self, currency: str | None = None) -> str:
        """An account at the PSP, as a seller's onboarding makes one."""
        body = {"holder": self.seller_id, "currency": currency or self.currency}
        account = self.client.psp("POST", "/_control/bank_accounts", body).body["bank_account"]
        return str(account)

    def register(self, account: str) -> Reply:
        """Make it the one that is paid to."""
        body = {"currency": self.currency, "bank_account": account}
        return self.client.post(f"/v1/sellers/{self.seller_id}/bank-accounts", body)

    def request(self, amount: int | None = None, key: str = "1") -> Reply:
        """Ask for a payout."""
        body: Json = {"seller_id": self.seller_id, "currency": self.currency}
        if amount is not None:
            body["amount"] = amount
        return self.client.post("/v1/payouts", body, idempotency_key=f"{self.seller_id}-{key}")

    def opened(self, amount: int | None = None, key: str = "1") -> str:
        """A payout's id."""
        reply = self.request(amount, key)
        assert reply.status == 202, reply
        return str(reply.body["payout_id"])

    def payout(self, payout_id: str) -> Json:
        """A payout as it stands."""
        return self.client.get(f"/v1/payouts/{payout_id}").body

    def comes_to(self, payout_id: str, status: str) -> Json:
        """The payout once it is there."""

        def there() -> Json | None:
            payout = self.payout(payout_id)
            return payout if payout["status"] == status else None

        return self.shop.eventually(there, f"{payout_id} to be {status}")

    def at_psp(self, payout_id: str) -> list[Json]:
        """The PSP's own book about one payout of ours."""
        path = f"/_control/payouts?reference={payout_id}"
        found: list[Json] = self.client.psp("GET", path).body["data"]
        return found

    def bank_says(self, payout_id: str, result: str) -> None:
        """What the bank does with it."""
        (payout,) = self.at_psp(payout_id)
        path = f"/_control/payouts/{payout['payout_reference']}"
        assert self.client.psp("POST", path, {"result": result}).status == 200

    def holds(self, **buckets: int) -> None:
        """Wait until the wallet holds exactly this."""

        def so() -> bool | None:
            answer = self.client.get(f"/v1/wallets/{self.seller_id}").body["balances"]
            balances = answer.get(self.currency, {})
            return {name: minor for name, minor in balances.items() if minor} == buckets or None

        self.shop.eventually(so, f"{self.seller_id} to hold {buckets}")

    def payability(self) -> Json:
        """Why money cannot be paid out yet."""
        answer = self.client.get(f"/v1/wallets/{self.seller_id}/payability").body
        shown: Json = answer["currencies"][self.currency]
        return shown


def earned(shop: Shop, amount: int = 7000) -> Earner:
    """A seller whose one order was delivered long ago: 6167 of 7000 are available."""
    (order,) = shop.pay(amount)["orders"]
    path = f"/v1/orders/{order['order_id']}/deliveries"
    assert shop.client.post(path, {"delivered_at": LONG_AGO}).status == 202
    earner = Earner(shop, order["seller_id"])
    shop.eventually(
        lambda: (
            shop.client.get(f"/v1/wallets/{earner.seller_id}").body["balances"]["EUR"]["available"]
            or None
        ),
        "the money to be available",
    )
    return earner


@pytest.fixture
def earner(shop: Shop) -> Earner:
    """A seller with 6167 available and a bank account."""
    found = earned(shop)
    assert found.register(found.bank_account()).status == 201
    return found


def test_a_payout_is_reserved_sent_and_paid(earner: Earner) -> None:
    payout_id = earner.opened()

    earner.comes_to(payout_id, "in_transit")
    earner.holds(in_payout=6167)
    earner.bank_says(payout_id, "pay")
    paid = earner.comes_to(payout_id, "paid")

    earner.holds()
    assert paid["amount"] == 6167
    assert [(item["kind"], item["amount"]) for item in paid["items"]] == [("release", 6167)]
    (at_psp,) = earner.at_psp(payout_id)
    assert (at_psp["amount"], at_psp["status"]) == (6167, "paid")
    kinds = [journal["kind"] for journal in earner.shop.journals(payout_id)]
    assert kinds == ["payout_reserve", "payout_paid"]
    assert_books_balance(earner.client)


def test_a_payout_that_fails_gives_the_money_back(earner: Earner) -> None:
    payout_id = earner.opened()
    earner.comes_to(payout_id, "in_transit")

    earner.bank_says(payout_id, "fail")
    failed = earner.comes_to(payout_id, "failed")

    earner.holds(available=6167)
    assert failed["failure"]
    again = earner.opened(key="2")
    earner.comes_to(again, "in_transit")
    assert again != payout_id


def test_a_payout_returned_after_it_was_paid_gives_the_money_back(earner: Earner) -> None:
    payout_id = earner.opened(5000)
    earner.comes_to(payout_id, "in_transit")
    earner.bank_says(payout_id, "pay")
    earner.comes_to(payout_id, "paid")
    earner.holds(available=1167)

    earner.bank_says(payout_id, "return")
    earner.comes_to(payout_id, "returned")

    earner.holds(available=6167)
    assert_books_balance(earner.client)


@pytest.mark.parametrize(
    "kind", ["timeout_before", "timeout_after_success", "http_500", "http_429", "connection_drop"]
)
def test_a_fault_at_the_psp_pays_exactly_once(shop: Shop, kind: str) -> None:
    # Large enough to wait for its approval, so that the fault can be aimed at its id.
    earner = earned(shop, 1_500_000)
    earner.register(earner.bank_account())
    payout_id = earner.opened()
    earner.comes_to(payout_id, "pending_approval")
    earner.shop.fault(kind, payout_id, operation="payout")

    earner.client.colleague("e2e-approver").post(f"/v1/payouts/{payout_id}/approve", {})
    earner.comes_to(payout_id, "in_transit")
    earner.bank_says(payout_id, "pay")
    earner.comes_to(payout_id, "paid")

    assert len(earner.at_psp(payout_id)) == 1
    earner.holds()


def test_a_second_person_approves_what_is_large(shop: Shop) -> None:
    earner = earned(shop, 1_500_000)
    earner.register(earner.bank_account())
    payout_id = earner.opened()
    earner.comes_to(payout_id, "pending_approval")
    earner.holds(in_payout=1_321_500)

    own = earner.client.post(f"/v1/payouts/{payout_id}/approve", {})
    other = earner.client.colleague("e2e-approver").post(f"/v1/payouts/{payout_id}/approve", {})

    assert (own.status, own.code) == (403, "forbidden")
    assert other.status == 202
    earner.comes_to(payout_id, "in_transit")


def test_a_payout_waiting_for_approval_can_be_called_off(shop: Shop) -> None:
    earner = earned(shop, 1_500_000)
    earner.register(earner.bank_account())
    payout_id = earner.opened()
    earner.comes_to(payout_id, "pending_approval")

    assert earner.client.post(f"/v1/payouts/{payout_id}/cancel", {}).status == 202

    earner.comes_to(payout_id, "cancelled")
    earner.holds(available=1_321_500)
    assert earner.at_psp(payout_id) == []


def test_what_cannot_be_paid_says_why_and_writes_nothing(earner: Earner) -> None:
    def refused(reply: Reply) -> tuple[int, str]:
        return reply.status, reply.code

    assert refused(earner.request(6168, "a")) == (422, "insufficient_funds")
    assert refused(earner.request(99, "b")) == (422, "below_minimum")
    assert refused(earner.register("ba_nobody")) == (422, "unknown_bank_account")
    assert earner.register(earner.bank_account("USD")).status == 422
    no_key = earner.client.post(
        "/v1/payouts", {"seller_id": earner.seller_id, "currency": earner.currency}
    )
    assert refused(no_key) == (400, "idempotency_key_missing")
    stranger = Earner(earner.shop, "nobody-sells")
    assert stranger.request().status == 422
    assert refused(earner.client.get("/v1/payouts/po_nobody")) == (404, "not_found")
    earner.holds(available=6167)

    first = earner.opened(1000, "c")
    assert refused(earner.request(1000, "d")) == (409, "payout_in_progress")
    again = earner.request(1000, "c")
    assert again.body["payout_id"] == first
    assert again.headers["idempotent-replayed"] == "true"
    assert refused(earner.request(1001, "c")) == (422, "idempotency_key_reused")


def test_a_new_bank_account_cools_off(earner: Earner) -> None:
    assert earner.register(earner.bank_account()).status == 201

    refused = earner.request()
    withheld = earner.payability()["withheld"]

    assert (refused.status, refused.code) == (422, "bank_account_cooling_off")
    (line,) = withheld
    assert (line["reason"], line["amount"]) == ("bank_account_cooling_off", 6167)
    assert line["release_at"]


def test_payability_explains_every_amount(shop: Shop) -> None:
    earner = earned(shop)
    before = earner.payability()
    earner.register(earner.bank_account())
    earner.opened(1000)
    earner.holds(available=5167, in_payout=1000)
    after = earner.payability()

    assert (before["balance"], before["payable"]) == (6167, 0)
    assert [(one["reason"], one["amount"]) for one in before["withheld"]] == [
        ("no_bank_account", 6167)
    ]
    for shown in (before, after):
        held = sum(one["amount"] for one in shown["withheld"])
        assert held == shown["balance"] - shown["payable"]
