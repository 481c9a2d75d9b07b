"""Stripe's desk, as the functions make it, against the served sandbox: over loopback."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import SECOND
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.psp import FactKind, PspEvent
from countinghouse_aws.psp.stripe_desk import StripeDesk
from tests.builders import an_info, an_order
from tests.fakes.books import FakePspEventBook
from tests.fakes.clock import FakeClock

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 20
API_KEY = "sk_test_served"
SECRET = "whsec_served"


class Secret:
    """Our key and the webhooks' secret."""

    clock = FakeClock()

    def current(self, name: str) -> str:
        return {"api_key": API_KEY}[name]

    def live(self, name: str) -> tuple[str, ...]:
        return {"webhook_secret": (SECRET,)}[name]


def desk_at(url: str) -> StripeDesk:
    settings = {"url": url, "files_url": url, "financial_account": "fa_sandbox"}
    return StripeDesk(settings, Secret(), PATIENCE_S)


def wait_for(met: Callable[[], Any]) -> None:
    """Await a condition, briefly and often."""
    deadline = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@dataclass
class Inbox:
    """What was delivered, checked and read as the intake does."""

    events: list[PspEvent] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    state = Inbox()
    webhooks = desk_at("http://127.0.0.1").webhooks()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            now = int(time.time()) * SECOND
            webhooks.verify(headers, body, now)
            state.events += webhooks.parse(body, now)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/v1/webhooks/stripe"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def stripe(tmp_path: Path) -> Iterator[str]:
    """Where the face is served."""
    ready = tmp_path / "url"
    command = [
        sys.executable, "-m", "tools.sandbox_psp", "--port", "0", "--ready-file", str(ready),
        "--db", str(tmp_path / "psp.db"), "--hang-seconds", "1",
    ]  # fmt: skip
    secrets = {
        "SANDBOX_PSP_STRIPE_API_KEY": API_KEY,
        "SANDBOX_PSP_STRIPE_WEBHOOK_SECRET": SECRET,
    }
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **secrets}) as child:
        try:
            wait_for(lambda: ready.exists() or child.poll() is not None)
            yield f"{ready.read_text().strip()}/stripe"
        finally:
            child.kill()


def call(url: str, path: str, body: object) -> Any:
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{url}{path}", json.dumps(body).encode(), headers)) as answer:
        return json.loads(answer.read())


def test_a_checkout_is_paid_told_of_and_settled(stripe: str, inbox: Inbox) -> None:
    call(stripe, "/_control/webhook_target", {"url": inbox.url})
    desk = desk_at(stripe)
    session = desk.gateway().open_session("c1", 7_000, "EUR", None)
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    attach = {"type": "card", "card": card}
    call(stripe, f"/sessions/{session.psp_token}/payment_method", attach)
    order = an_order(
        OrderStatus.SENT, payment_info=an_info(session.psp_token, psp="stripe"), psp_reference=None
    )

    # The answer is held back past the transport's patience, and the charge is made all the same.
    call(stripe, "/_control/faults", {"kind": "timeout_after_success", "operation": "charge"})
    lost = desk.gateway().charge(order)
    found = desk.gateway().find(order)

    assert (lost.kind, found.kind) == (FactKind.UNKNOWN, FactKind.CAPTURED)
    wait_for(lambda: len(inbox.events) == 2)
    told = {event.event_type: event for event in inbox.events}
    assert told["payment_intent.succeeded"].order_id == "o1"
    assert desk.owners().order_of("stripe", str(found.psp_reference)) == "o1"

    call(stripe, "/_control/clock", {"advance": "1d"})
    day = call(stripe, "/_control/settle", {})["date"]
    statements = desk.statements(FakePspEventBook())
    with pytest.raises(Unavailable):
        statements.files(day)
    (file,) = statements.files(day)
    content = b"".join(statements.read(file)).decode()
    assert "o1" in content
    assert content.startswith("automatic_payout_id,")


def test_a_psp_that_is_not_there_was_sent_nothing(stripe: str) -> None:
    order = an_order(OrderStatus.SENT, psp_reference=None)

    assert desk_at("http://127.0.0.1:9").gateway().charge(order).kind is FactKind.NOT_SENT
    call(stripe, "/_control/outage", {"mode": "drop"})
    assert desk_at(stripe).gateway().find(order).kind is FactKind.UNKNOWN
