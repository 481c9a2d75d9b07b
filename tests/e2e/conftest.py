"""The deployed system, over HTTP: nothing here imports the code it tests."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from tools.client import SANDBOX, Client, Json, Reply

T = TypeVar("T")
FINAL = {"succeeded", "partially_succeeded", "failed", "cancelled"}
CARDS = {
    "ok": "4242424242424242",
    "debit": "4000056655665556",
    "declined": "4000000000000002",
    "insufficient": "4000000000009995",
    "three_ds": "4000002500003155",
}
PATIENCE_S = 90


@dataclass(slots=True)
class Shop:
    """A buyer's way through one running system; every shop has ids of its own."""

    client: Client
    name: str
    _count: Iterator[int]

    def new_id(self, kind: str) -> str:
        """An id nobody else uses."""
        return f"{self.name}-{kind}-{next(self._count)}"

    def session(self, checkout_id: str, amount: int, currency: str = "EUR") -> str:
        """Register a checkout; returns the PSP's token."""
        body = {"checkout_id": checkout_id, "amount": amount, "currency": currency}
        reply = self.client.post("/v1/payments/sessions", body)
        assert reply.status in (200, 201), reply
        return str(reply.body["psp_token"])

    def enter_card(self, token: str, card: str = "ok") -> None:
        """What the PSP's hosted fields do."""
        fields = {"number": CARDS[card], "exp_month": 12, "exp_year": 2030, "cvc": "123"}
        body = {"type": "card", "card": fields}
        assert self.client.psp("POST", f"/sessions/{token}/payment_method", body).status == 200

    def basket(self, *amounts: int, method: str = "credit_card", **extra: Any) -> Json:
        """A registered checkout with one seller per amount, ready to submit."""
        currency = extra.pop("currency", "EUR")
        checkout_id = self.new_id("chk")
        token = self.session(checkout_id, sum(amounts), currency)
        orders = [
            {
                "order_id": self.new_id("ord"),
                "seller_id": self.new_id("sel"),
                "amount": amount,
            }
            for amount in amounts
        ]
        return {
            "checkout_id": checkout_id,
            "user_info": {"user_id": "buyer"},
            "payment_details": {"method": method, "psp_token": token},
            "currency": currency,
            "orders": orders,
            **extra,
        }

    def submit(self, body: Json) -> Reply:
        """POST the checkout's payment."""
        return self.client.post("/v1/payments/event", body)

    def pay(self, *amounts: int, card: str = "ok", **extra: Any) -> Json:
        """Register, enter the card, submit, and wait for the end."""
        body = self.basket(*amounts, **extra)
        self.enter_card(body["payment_details"]["psp_token"], card)
        assert self.submit(body).status == 202
        return self.final(body["checkout_id"])

    def payment(self, checkout_id: str) -> Json:
        """The payment as it stands."""
        reply = self.client.get(f"/v1/payments/{checkout_id}")
        assert reply.status == 200, reply
        return reply.body

    def final(self, checkout_id: str) -> Json:
        """The payment once it is final and booked."""

        def done() -> Json | None:
            payment = self.payment(checkout_id)
            booked = payment["is_ledger_updated"] or not payment["is_payment_done"]
            return payment if payment["status"] in FINAL and booked else None

        return self.eventually(done, f"payment {checkout_id} to be final")

    def elsewhere(self, psp: str, amount: int, method: str = "credit_card", **extra: Any) -> Json:
        """A checkout registered at that PSP and at those that stand in for it, ready to submit."""
        currency = extra.pop("currency", "EUR")
        checkout_id = self.new_id("chk")
        session = self.client.register(
            checkout_id, amount, currency, method=method, psp=psp, country="NL"
        )
        assert session["psp"] == psp, session
        if method == "credit_card":
            for place in (session, *session.get("alternatives", [])):
                self.client.enter_card(place["psp_token"], CARDS["ok"], place["psp"])
        order = {
            "order_id": self.new_id("ord"),
            "seller_id": self.new_id("sel"),
            "amount": amount,
        }
        return {
            "checkout_id": checkout_id,
            "user_info": {"user_id": "buyer", "country": "NL"},
            "payment_details": {
                "method": method,
                "psp_token": session["psp_token"],
                "return_url": "https://shop.example/thanks",
            },
            "currency": currency,
            "orders": [order],
            **extra,
        }

    def waiting(self, checkout_id: str) -> Json:
        """The payment once the buyer must do something."""

        def asked() -> Json | None:
            payment = self.payment(checkout_id)
            return payment if payment["status"] == "requires_action" else None

        return self.eventually(asked, f"payment {checkout_id} to require an action")

    def eventually(self, look: Callable[[], T | None], what: str) -> T:
        """What `look` finds, as soon as it finds it."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = look()
            if found is not None:
                return found
            time.sleep(0.2)
        raise AssertionError(f"waited {PATIENCE_S} s for {what}")

    def charges(self, order_id: str, psp: str = SANDBOX) -> list[Json]:
        """One PSP's own book about one order."""
        return self.client.charges_of(order_id, psp)

    def taken(self, order_id: str, psp: str = SANDBOX) -> int:
        """What one PSP took for one order, over all its charges."""
        return sum(int(charge["captured"]) for charge in self.charges(order_id, psp))

    def pending(self, seller_id: str, currency: str = "EUR") -> int:
        """A seller's pending balance."""
        balances = self.client.get(f"/v1/wallets/{seller_id}").body["balances"]
        return int(balances.get(currency, {}).get("pending", 0))

    def journals(self, reference: str) -> list[Json]:
        """The journals of one reference."""
        data: list[Json] = self.client.get("/v1/ledger/journals", reference=reference).body["data"]
        return data

    def act(self, token: str, result: str, psp: str = SANDBOX) -> None:
        """The buyer's side of a challenge, a redirect or a scan."""
        reply = self.client.psp("POST", f"/_control/actions/{token}", {"result": result}, psp)
        assert reply.status == 200, reply

    def fault(
        self, kind: str, order_id: str, times: int = 1, psp: str = SANDBOX, **extra: Any
    ) -> None:
        """Make a PSP misbehave about one order."""
        body = {"kind": kind, "times": times, "order_id": order_id, **extra}
        reply = self.client.psp("POST", "/_control/faults", body, psp)
        assert reply.status in (200, 201), reply


@pytest.fixture(scope="session")
def client() -> Client:
    """The running system; `make e2e` starts one."""
    return Client.of_running_system()


_SHOPS = itertools.count()


@pytest.fixture
def shop(client: Client) -> Shop:
    """A fresh shop. Its faults are bound to its own orders, so nobody needs to clear them."""
    run = f"{os.getpid():x}{int(time.time()) % 100_000:x}"
    return Shop(client, f"e{run}-{next(_SHOPS)}", itertools.count())


def assert_books_balance(client: Client) -> None:
    """The trial balance is zero in every currency."""
    currencies = client.get("/v1/ledger/trial-balance").body["currencies"]
    assert {code: figures["total"] for code, figures in currencies.items()} == dict.fromkeys(
        currencies, 0
    )
