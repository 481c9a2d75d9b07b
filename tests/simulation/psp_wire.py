"""The sandbox PSP behind the adapter's transport with no socket, and its buyer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Reply
from tests.simulation.clock import EPOCH, VirtualClock
from tests.simulation.cloud import API_KEY, WEBHOOK_SECRET
from tests.simulation.faults import PSP, Injector, Mode
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Config
from tools.sandbox_psp.disputes import DISPUTES, Dispute
from tools.sandbox_psp.engine import Sandbox
from tools.sandbox_psp.outbox import Delivery, resend
from tools.sandbox_psp.payouts import PAYOUTS, Payout
from tools.sandbox_psp.refunds import REFUNDS, Refund
from tools.sandbox_psp.times import instant
from tools.sandbox_psp.wire import Request

ANSWER_MS = 80
TIMEOUT_MS = 5_000

FAR_OFF = EPOCH + timedelta(days=365 * 100)

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

    def forget_the_time(self, psp_token: str) -> None:
        """From now on the PSP never says by itself that the buyer's time is over."""
        session = self.psp._desk.session(psp_token)
        self.book.save_session(replace(session, action_expires_at=FAR_OFF))

    def plant(self, kind: str, **more: object) -> None:
        """Plant one of the sandbox's own faults."""
        self.ask("POST", "/_control/faults", {"kind": kind, **more})

    def dispute(self, order_id: str, amount: int, stage: str = "dispute") -> str:
        """The buyer's bank disputes a charge; returns the PSP's reference."""
        body = {"order_id": order_id, "amount": amount, "stage": stage}
        opened = self.ask("POST", "/_control/disputes", body)
        return str(opened["dispute_reference"])

    def decide(self, dispute: str, result: str) -> None:
        """What becomes of a dispute: challenge, win, lose, escalate and so on."""
        self.ask("POST", f"/_control/disputes/{dispute}", {"result": result})

    def bank_account(self, holder: str, currency: str = "EUR") -> str:
        """A seller's bank account, as their onboarding makes one."""
        body = {"holder": holder, "currency": currency}
        return str(self.ask("POST", "/_control/bank_accounts", body)["bank_account"])

    def bank_says(self, result: str) -> None:
        """What the bank does with the newest payout: pay, fail or return."""
        sent = self.payouts()[-1]
        self.ask("POST", f"/_control/payouts/{sent.payout_reference}", {"result": result})

    def charges(self) -> list[Charge]:
        """The ground truth."""
        return self.book.charges()

    def refunds(self) -> list[Refund]:
        """The ground truth of what was given back."""
        return REFUNDS.where(self.book)

    def disputes(self) -> list[Dispute]:
        """The ground truth of what buyers' banks asked for."""
        return DISPUTES.where(self.book)

    def payouts(self) -> list[Payout]:
        """The ground truth of what was sent to banks."""
        return PAYOUTS.where(self.book)

    def next_timer_ms(self) -> int | None:
        """When the PSP will next do something by itself."""
        (found,) = self.book.rows("SELECT min(due_at) AS due_at FROM timers")
        return None if found["due_at"] is None else _milliseconds(instant(found["due_at"]))

    def next_webhook_ms(self) -> int | None:
        """When the next webhook is due."""
        due_at = self.psp.next_webhook_at()
        return None if due_at is None else _milliseconds(due_at)

    def save(self) -> bytes:
        """The PSP's whole book."""
        return self.book._db.serialize()

    def restore(self, saved: bytes) -> None:
        """Make the book what it was when it was saved."""
        self.book._db.deserialize(saved)

    def send_again(self, event_id: str) -> None:
        """The PSP tells of an event once more."""
        resend(self.psp._desk, event_id)

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


def _milliseconds(at: datetime) -> int:
    """Epoch milliseconds, rounded up."""
    return -((EPOCH - at) // timedelta(milliseconds=1))


@dataclass(slots=True)
class _PspDeed:
    """One PSP call about to be made."""

    request: Request
    shop: Shop
    clock: VirtualClock
    rows: int = 1

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
        if mode is Mode.ERR_AFTER:
            self.shop.handle(self.request)
        return Reply(500, b'{"error":{"code":"internal_error","message":"simulated"}}')

    def idle(self) -> frozenset[Mode]:
        return frozenset()


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

    def download(self, path: str, headers: Mapping[str, str]) -> Iterator[bytes]:
        """A file's bytes. Raises NeverSent or NoAnswer."""
        reply = self("GET", path, headers, None)
        if reply.status != 200:
            raise NoAnswer(f"status {reply.status}")
        yield reply.body


def _route(path: str) -> str:
    parts = path.split("/")
    return "/".join("*" if part.startswith(("ch_", "tok_", "ba_")) else part for part in parts)


Transport = Callable[[str, str, Mapping[str, str], bytes | None], Reply]
