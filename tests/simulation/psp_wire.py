"""The sandbox PSP behind the adapter's transport with no socket, and its buyer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Reply
from tests.simulation.clock import VirtualClock
from tests.simulation.cloud import API_KEY, WEBHOOK_SECRET
from tests.simulation.faults import PSP, Injector, Mode
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Config
from tools.sandbox_psp.engine import Sandbox
from tools.sandbox_psp.outbox import Delivery
from tools.sandbox_psp.wire import Request

ANSWER_MS = 80
TIMEOUT_MS = 5_000

CARD_OK = "4242424242424242"
CARD_DECLINED = "4000000000000002"
CARD_THREE_DS = "4000002500003155"
CARD_WITHOUT_FUNDS = "4000000000009995"


class Shop:
    """The PSP with its book, and the buyers who stand before it; none of it is a call of ours."""

    def __init__(self, clock: VirtualClock) -> None:
        self.book = Book(":memory:", seed="simulation")
        config = Config(api_key=API_KEY, webhook_secret=WEBHOOK_SECRET)
        self.psp = Sandbox(self.book, clock.datetime, config)
        self.cards: dict[str, str] = {}
        """The card behind an order or one attempt's key, where it is not the session's."""

    def ask(self, method: str, path: str, body: object) -> dict[str, Any]:
        """A buyer's or a test's own call. Raises RuntimeError when it is refused."""
        headers = {"Content-Type": "application/json"}
        response = self.psp.handle(Request(method, path, "", headers, json.dumps(body).encode()))
        if response.status not in range(200, 300):
            raise RuntimeError(f"{method} {path}: {response.status} {response.body!r}")
        parsed: dict[str, Any] = json.loads(response.body)
        return parsed

    def attach(self, psp_token: str, number: str) -> None:
        """The buyer enters a card on the PSP's page."""
        card = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
        path = f"/sessions/{psp_token}/payment_method"
        self.ask("POST", path, {"type": "card", "card": card})

    def act(self, psp_token: str, result: str) -> None:
        """The buyer answers the challenge: approve or decline."""
        self.ask("POST", f"/_control/actions/{psp_token}", {"result": result})

    def plant(self, kind: str, **more: object) -> None:
        """Plant one of the sandbox's own faults."""
        self.ask("POST", "/_control/faults", {"kind": kind, **more})

    def charges(self) -> list[Charge]:
        """The ground truth."""
        return self.book.charges()

    def due_webhooks(self) -> list[Delivery]:
        """The webhooks that are due, taken."""
        return self.psp.due_webhooks(limit=1)

    def handle(self, request: Request) -> Any:
        """One call of ours, for which the issuer looks at the order's own card."""
        if request.method == "POST" and request.path == "/v1/charges":
            body = json.loads(request.body)
            key = request.header("idempotency-key") or ""
            card = self.cards.get(key) or self.cards.get(body["reference"])
            if card is not None:
                self.attach(body["session"], card)
        return self.psp.handle(request)


@dataclass(slots=True)
class _PspDeed:
    """One PSP call about to be made."""

    request: Request
    shop: Shop
    clock: VirtualClock

    def do(self) -> Reply | None:
        """The reply, or None when the PSP hangs or drops the connection."""
        self.clock.advance(ANSWER_MS)
        response = self.shop.handle(self.request)
        return Reply(response.status, response.body) if response.transport == "ok" else None

    def unanswered(self) -> Exception:
        self.clock.advance(TIMEOUT_MS)
        return NoAnswer("simulated")

    def refused(self, mode: Mode) -> Reply | None:
        self.clock.advance(ANSWER_MS)
        if mode is Mode.UNSENT:
            raise NeverSent("simulated")
        return Reply(500, b'{"error":{"code":"internal_error","message":"simulated"}}')


@dataclass(slots=True)
class PspWire:
    """Stands in for `HttpTransport` in one history."""

    clock: VirtualClock
    injector: Injector
    shop: Shop
    sent: list[str] = field(default_factory=list)

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        """The PSP's answer. Raises NeverSent or NoAnswer."""
        bare, _, query = path.partition("?")
        deed = _PspDeed(Request(method, bare, query, headers, body or b""), self.shop, self.clock)
        operation = f"{method} {_route(bare)}"
        reply = self.injector.meet(PSP, operation, f"{path} ".encode() + (body or b""), 1, deed)
        if reply is None:
            raise deed.unanswered()
        return reply


def _route(path: str) -> str:
    parts = path.split("/")
    return "/".join("*" if part.startswith(("ch_", "tok_")) else part for part in parts)


Transport = Callable[[str, str, Mapping[str, str], bytes | None], Reply]
