"""A merchant of the sandbox's Stripe in process, with a clock of its own."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from tests.unit.sandbox_psp.shop import API_KEY, OK, SECRET, Answer
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.desk import Config
from tools.sandbox_psp.engine import Sandbox
from tools.sandbox_psp.stripe_face.face import StripeFace
from tools.sandbox_psp.wire import Request

PUBLIC_URL = "http://psp.test/stripe"
RETURN_URL = "https://shop.test/back"


class StripeShop:
    """Calls as Stripe's client words them; ``seen`` are all JSON answers and events so far."""

    def __init__(self, book: Book) -> None:
        self.now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
        config = Config(api_key=API_KEY, webhook_secret=SECRET, public_url=PUBLIC_URL)
        self.psp = Sandbox(book, lambda: self.now, config, StripeFace())
        self.seen: list[Any] = []
        self._keys = 0

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        key: str = "",
        query: str = "",
        **headers: str,
    ) -> Answer:
        """One call: a form to v1, JSON to all else."""
        sent = {"Authorization": f"Bearer {API_KEY}"}
        sent |= {name.replace("_", "-"): text for name, text in headers.items()}
        sent |= {"Idempotency-Key": key} if key else {}
        raw = json.dumps(body).encode() if body is not None else b""
        if path.startswith("/v1/") and body is not None:
            raw = urlencode(body, doseq=True).encode()
        answered = Answer(self.psp.handle(Request(method, path, query, sent, raw)))
        if path.startswith(("/v1/", "/v2/")) and answered.response.body[:1] == b"{":
            self.seen.append(answered.json)
        return answered

    def post(self, path: str, key: str = "", **body: object) -> Any:
        """What a merchant's POST answers, be it an error."""
        return self.call("POST", path, _form(body), key).json

    def get(self, path: str, query: str = "") -> Any:
        """What a merchant's GET answers."""
        return self.call("GET", path, query=query).json

    def control(self, path: str, **body: object) -> Any:
        """What a test's call answers."""
        return self.call("POST", f"/_control/{path}", body).json

    def checkout(self, name: str = "chk-1", card: str | None = OK) -> dict[str, Any]:
        """A SetupIntent, with a card attached if one is given."""
        customer = self.post("/v1/customers", metadata={"checkout_id": name})["id"]
        setup = self.post(
            "/v1/setup_intents", customer=customer, usage="on_session",
            metadata={"checkout_id": name}, **{"allowed_payment_method_types[]": "card"},
        )["id"]  # fmt: skip
        if card is not None:
            given = {"number": card, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
            path = f"/sessions/{setup}/payment_method"
            assert self.call("POST", path, {"type": "card", "card": given}).status == 200
        found: dict[str, Any] = self.get(f"/v1/setup_intents/{setup}")
        return found

    def charge(self, setup: Mapping[str, Any], order: str = "ord-1", **more: object) -> Any:
        """Charge a checkout's card for an order of 25.00."""
        self._keys += 1
        body: dict[str, object] = {
            "amount": 2_500, "currency": "eur", "customer": setup["customer"], "confirm": "true",
            "payment_method": setup["payment_method"], "transfer_group": "chk-1",
            "metadata": {"order_id": order, "key": f"{order}:charge:1"},
        }  # fmt: skip
        wanted = {name: value for name, value in {**body, **more}.items() if value is not None}
        return self.post("/v1/payment_intents", f"key-{self._keys}", **wanted)

    def by(self, kind: str, currency: str = "eur", order: str = "ord-1", **more: object) -> Any:
        """Charge an order of 25.00 to a wallet or a code."""
        params = {"currency": currency, "return_url": RETURN_URL, "payment_method": None, **more}
        typed = {"payment_method_data": {"type": kind}}
        return self.charge(self.checkout(card=None), order, **params, **typed)

    def act(self, intent: str, result: str) -> Any:
        """The buyer's answer, and the PaymentIntent after it."""
        self.control(f"actions/{intent}", result=result)
        return self.get(f"/v1/payment_intents/{intent}")

    def advance(self, by: str) -> None:
        """Move the PSP's clock and let it do what that makes due."""
        self.control("clock", advance=by)
        self.psp.sweep()

    def tick(self, **by: int) -> None:
        """Move the merchant's clock, and with it the PSP's."""
        self.now += timedelta(**by)

    def events(self) -> list[Any]:
        """The events posted now, each accepted."""
        due = self.psp.due_webhooks(self.now)
        for delivery in due:
            self.psp.mark_delivered(delivery.delivery_id, 200, self.now)
        found = [json.loads(delivery.body) for delivery in due]
        self.seen += found
        return found

    def kinds(self) -> list[str]:
        """The types of the events posted now."""
        return [event["type"] for event in self.events()]


def _form(body: Mapping[str, object]) -> dict[str, object]:
    """Objects in brackets."""
    flat: dict[str, object] = {}
    for name, value in body.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}[{part}]": one for part, one in _form(value).items()}
        else:
            flat[name] = value
    return {_bracketed(name): value for name, value in flat.items()}


def _bracketed(name: str) -> str:
    """``a[b[c]]`` as ``a[b][c]``."""
    head, _, rest = name.partition("[")
    parts = [part for part in rest.replace("]", "").split("[") if part]
    tail = "[]" if "[]" in name else ""
    return head + "".join(f"[{part}]" for part in parts) + tail
