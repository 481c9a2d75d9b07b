"""A merchant of Adyen's and its shoppers, driving the Adyen face in process."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.unit.sandbox_psp.shop import Answer, Shop
from tools.sandbox_psp.adyen_face.accounts import BALANCE_ACCOUNT, MERCHANT
from tools.sandbox_psp.adyen_face.face import AdyenFace
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.desk import Config
from tools.sandbox_psp.engine import Sandbox
from tools.sandbox_psp.wire import Request

API_KEY = "AQE_unit"
HMAC_KEY = "0123456789abcdef" * 4
URL = "http://psp.test/adyen"


class AdyenShop(Shop):
    """Calls of Checkout and Transfers with sensible defaults, on top of the buyer's and test's."""

    def __init__(self, book: Book) -> None:
        super().__init__(book)
        config = Config(api_key=API_KEY, webhook_secret=HMAC_KEY, public_url=URL)
        self.psp = Sandbox(book, lambda: self.now, config, AdyenFace())

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        key: str | None = None,
        query: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """A merchant's call."""
        sent = {"x-api-key": API_KEY, "content-type": "application/json"}
        if key is not None:
            sent["idempotency-key"] = key
        raw = b"" if body is None else json.dumps(body).encode()
        request = Request(method, path, query, {**sent, **(headers or {})}, raw)
        return Answer(self.psp.handle(request))

    def checkout(self, path: str, body: object, key: str | None = None) -> Answer:
        return self.send("POST", f"/checkout/v72/{path}", body, key)

    def opened(self, reference: str = "chk-1", card: str | None = None, **more: object) -> str:
        """A session's id, with a card left in it if one is given."""
        body = {
            "merchantAccount": MERCHANT, "amount": {"value": 0, "currency": "EUR"},
            "reference": reference, "returnUrl": "https://shop.test/back",
            "shopperReference": reference, "storePaymentMethodMode": "enabled", **more,
        }  # fmt: skip
        answer = self.checkout("sessions", body)
        assert answer.status == 201, answer.json
        token = str(answer.json["id"])
        if card is not None:
            assert self.attach(token, card).status == 200
        return token

    def tokens(self, shopper: str = "chk-1") -> list[dict[str, Any]]:
        query = f"merchantAccount={MERCHANT}&shopperReference={shopper}"
        answer = self.send("GET", "/checkout/v72/storedPaymentMethods", query=query)
        return list(answer.json["storedPaymentMethods"])

    def payment_body(
        self,
        order: str = "ord-1",
        value: int = 2_500,
        kind: str = "scheme",
        currency: str = "EUR",
        **more: object,
    ) -> dict[str, object]:
        method: dict[str, object] = {"type": kind}
        if kind == "scheme":
            method["storedPaymentMethodId"] = self.tokens()[0]["id"]
        return {
            "merchantAccount": MERCHANT, "amount": {"value": value, "currency": currency},
            "reference": order, "shopperReference": "chk-1", "paymentMethod": method,
            "returnUrl": "https://shop.test/back?order=1", "metadata": {"key": f"{order}:charge:1"},
            **more,
        }  # fmt: skip

    def pay(self, key: str | None = None, **body: Any) -> Answer:
        return self.checkout("payments", self.payment_body(**body), key)

    def paid(self, card: str, **body: Any) -> str:
        """The pspReference of a payment with this card."""
        self.opened(f"chk-{card}" if self.book.session_by_reference("chk-1") else "chk-1", card)
        return str(self.pay(**body).json["pspReference"])

    def modify(
        self, payment: str, what: str, value: int | None = None, reference: str = "", key: str = ""
    ) -> Answer:
        """``what`` is ``captures``, ``cancels``, ``refunds`` or ``reversals``."""
        body: dict[str, object] = {"merchantAccount": MERCHANT}
        if value is not None:
            body["amount"] = {"value": value, "currency": "EUR"}
        if reference:
            body["reference"] = reference
        return self.checkout(f"payments/{payment}/{what}", body, key or None)

    def transfer(self, instrument: str, key: str | None = None, **more: object) -> Answer:
        body = {
            "amount": {"value": 4_000, "currency": "EUR"}, "balanceAccountId": BALANCE_ACCOUNT,
            "category": "bank", "counterparty": {"transferInstrumentId": instrument},
            "reference": "po-1", "priority": "regular", **more,
        }  # fmt: skip
        return self.send("POST", "/transfers/v4/transfers", body, key)

    def items(self) -> list[dict[str, Any]]:
        """The notification items due now, each accepted."""
        return [
            item["NotificationRequestItem"]
            for body in self.bodies()
            for item in body.get("notificationItems", [])
        ]

    def bodies(self) -> list[dict[str, Any]]:
        """The webhooks due now, each accepted."""
        due = self.webhooks()
        for delivery in due:
            self.psp.mark_delivered(delivery.delivery_id, 200, self.now)
        return [json.loads(delivery.body) for delivery in due]

    def codes(self) -> Sequence[tuple[str, str]]:
        """Event code and success of the items due now."""
        return [(item["eventCode"], item["success"]) for item in self.items()]
