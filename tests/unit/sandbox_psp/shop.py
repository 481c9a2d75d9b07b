"""A merchant and its buyers, driving the sandbox in process with a clock of their own."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.sandbox_psp.book import Book
from tools.sandbox_psp.desk import Config
from tools.sandbox_psp.engine import Sandbox
from tools.sandbox_psp.outbox import Delivery
from tools.sandbox_psp.wire import Request, Response

API_KEY = "sk_test_key"
SECRET = "whsec_test_secret"

OK = "4242424242424242"
DECLINED = "4000000000000002"
THREE_DS = "4000002500003155"
DISPUTED_LATER = "4000000000000259"


@dataclass(frozen=True)
class Answer:
    """What a call came to."""

    response: Response

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def json(self) -> Any:
        return json.loads(self.response.body)

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.json["error"]["code"])

    @property
    def is_replay(self) -> bool:
        return self.response.headers.get("idempotent-replayed") == "true"


def is_signed(delivery: Delivery, now_s: int) -> bool:
    """What a receiver checks."""
    parts = dict(part.split("=", 1) for part in delivery.headers["Sandbox-Signature"].split(","))
    text = parts["t"].encode() + b"." + delivery.body
    wanted = hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, parts["v1"]) and abs(now_s - int(parts["t"])) <= 300


class Shop:
    """Calls with sensible defaults; ``tick`` moves the caller's clock."""

    def __init__(self, book: Book, config: Config | None = None) -> None:
        self.book = book
        self.now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
        default = Config(api_key=API_KEY, webhook_secret=SECRET)
        self.psp = Sandbox(book, lambda: self.now, config or default)
        self._keys = 0

    def tick(self, **by: int) -> None:
        self.now += timedelta(**by)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        key: str | None = None,
        query: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
        if key is not None:
            sent["Idempotency-Key"] = key
        raw = b"" if body is None else json.dumps(body).encode()
        request = Request(method, path, query, {**sent, **(headers or {})}, raw)
        return Answer(self.psp.handle(request))

    def session(
        self,
        reference: str = "chk-1",
        amount: int = 10_000,
        card: str | None = None,
        **more: object,
    ) -> str:
        """A session's token, with a card attached if one is given."""
        body = {"reference": reference, "amount": amount, "currency": "EUR", **more}
        token = str(self.call("POST", "/v1/sessions", body).json["psp_token"])
        if card is not None:
            assert self.attach(token, card).status == 200
        return token

    def attach(self, token: str, number: str) -> Answer:
        card = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
        body = {"type": "card", "card": card}
        return self.call("POST", f"/sessions/{token}/payment_method", body)

    def charge(
        self, token: str, order: str = "ord-1", amount: int = 2_500, key: str = "", **more: object
    ) -> Answer:
        self._keys += 1
        body = {
            "session": token, "reference": order, "amount": amount, "currency": "EUR",
            "capture": "automatic", "method": "credit_card", **more,
        }  # fmt: skip
        return self.call("POST", "/v1/charges", body, key=key or f"key-{self._keys}")

    def captured(
        self,
        amount: int = 7_000,
        order: str = "ord-1",
        key: str = "",
        method: str = "credit_card",
        card: str = OK,
    ) -> str:
        """The reference of a captured charge in a session of its own, its webhooks taken."""
        is_card = method.endswith("card")
        token = self.session(f"chk-{order}", amount, card if is_card else None)
        charge = self.charge(token, order, amount, key, method=method).json
        if not is_card:
            assert self.act(charge["psp_reference"], "approve").status == 200
        self.events()
        return str(charge["psp_reference"])

    def refund(self, charge: str, amount: int = 3_000, key: str = "", **more: object) -> Answer:
        self._keys += 1
        body = {"amount": amount, **more}
        path = f"/v1/charges/{charge}/refunds"
        return self.call("POST", path, body, key=key or f"key-{self._keys}")

    def dispute(self, charge: str, **more: object) -> Answer:
        return self.call("POST", "/_control/disputes", {"psp_reference": charge, **more})

    def bank_account(self, currency: str = "EUR") -> str:
        body = {"holder": "A. Seller", "currency": currency}
        return str(self.call("POST", "/_control/bank_accounts", body).json["bank_account"])

    def payout(
        self, account: str, reference: str = "po-1", key: str = "", **more: object
    ) -> Answer:
        self._keys += 1
        body = {
            "reference": reference, "bank_account": account, "amount": 4_000, "currency": "EUR",
            **more,
        }  # fmt: skip
        return self.call("POST", "/v1/payouts", body, key=key or f"key-{self._keys}")

    def decide(self, kind: str, reference: str, result: str) -> Answer:
        """Move a refund, dispute or payout by hand; ``kind`` is the plural."""
        return self.call("POST", f"/_control/{kind}/{reference}", {"result": result})

    def book_of(self, kind: str, query: str = "") -> list[dict[str, Any]]:
        """The PSP's own book of refunds, disputes or payouts."""
        return list(self.call("GET", f"/_control/{kind}", query=query).json["data"])

    def advance(self, by: str) -> None:
        """Move the PSP's clock and let it do what that makes due."""
        assert self.call("POST", "/_control/clock", {"advance": by}).status == 200
        self.psp.sweep()

    def act(self, reference: str, result: str) -> Answer:
        return self.call("POST", f"/_control/actions/{reference}", {"result": result})

    def fault(self, kind: str, **more: object) -> Answer:
        return self.call("POST", "/_control/faults", {"kind": kind, **more})

    def ledger(self, order: str = "") -> list[dict[str, Any]]:
        """The PSP's own book."""
        query = f"order_id={order}" if order else ""
        data = self.call("GET", "/_control/charges", query=query).json["data"]
        return list(data)

    def status(self, order: str = "ord-1") -> str:
        """The status of an order's only charge."""
        (charge,) = self.ledger(order)
        return str(charge["status"])

    def webhooks(self) -> list[Delivery]:
        """The webhooks due now, taken and not yet reported on."""
        return self.psp.due_webhooks(self.now)

    def events(self) -> list[str]:
        """The types of the webhooks due now, each accepted."""
        due = self.webhooks()
        for delivery in due:
            self.psp.mark_delivered(delivery.delivery_id, 200, self.now)
        return [json.loads(delivery.body)["type"] for delivery in due]
