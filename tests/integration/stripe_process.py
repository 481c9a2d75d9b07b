"""The sandbox's Stripe as a process, the real client that calls it, and an endpoint it posts to."""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import stripe

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 20
API_KEY = "sk_test_process"
SECRET = "whsec_process"


def wait_for(met: Callable[[], bool]) -> None:
    """Await a condition, briefly and often."""
    deadline = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@dataclass
class Endpoint:
    """What a webhook endpoint has received: bodies with their signatures."""

    posted: list[tuple[bytes, str]] = field(default_factory=list)
    url: str = ""

    def events(self, about: str) -> list[stripe.Event]:
        """The snapshot events about an object, each verified by Stripe's own library."""
        found = [
            stripe.Webhook.construct_event(body, signature, SECRET)
            for body, signature in list(self.posted)
            if json.loads(body)["object"] == "event"
        ]
        return [event for event in found if event.data.object.id == about]

    def kinds(self, about: str) -> list[str]:
        """The types of these events, the first first."""
        return [event.type for event in self.events(about)]


@contextmanager
def listening() -> Iterator[Endpoint]:
    """An endpoint on a loopback port."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            endpoint.posted.append((body, self.headers["Stripe-Signature"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1/webhooks/stripe"
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Shop:
    """A merchant at the sandbox's Stripe; ``url`` is where that stands."""

    url: str
    client: stripe.StripeClient
    endpoint: Endpoint

    def call(self, method: str, path: str, body: object = None) -> Any:
        """A call of the buyer's or the test's."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE_S)
        try:
            text = "" if body is None else json.dumps(body)
            connection.request(method, parts.path + path, text)
            response = connection.getresponse()
            answered = json.loads(response.read())
            assert response.status < 300, answered
            return answered
        finally:
            connection.close()

    def checkout(self, checkout_id: str, card: str | None = None) -> stripe.SetupIntent:
        """A checkout's SetupIntent; with a card, one that its buyer has attached."""
        ours = {"checkout_id": checkout_id}
        customer = self.client.v1.customers.create({"metadata": ours})
        setup = self.client.v1.setup_intents.create({
            "customer": customer.id, "usage": "on_session",
            "allowed_payment_method_types": ["card"], "metadata": ours,
        })  # fmt: skip
        if card is not None:
            given = {"number": card, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
            self.call(
                "POST", f"/sessions/{setup.id}/payment_method", {"type": "card", "card": given}
            )
        return self.client.v1.setup_intents.retrieve(setup.id)

    def fault(self, kind: str, **more: object) -> None:
        """Plant a fault."""
        self.call("POST", "/_control/faults", {"kind": kind, **more})


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The sandbox as a process of its own; where it is."""
    ready = folder / "url"
    command = [
        sys.executable, "-m", "tools.sandbox_psp", "--port", "0", "--ready-file", str(ready),
        "--db", str(folder / "psp.db"), "--hang-seconds", "1", "--faces", "sandbox,stripe",
    ]  # fmt: skip
    env = {
        **os.environ,
        "SANDBOX_PSP_STRIPE_API_KEY": API_KEY,
        "SANDBOX_PSP_STRIPE_WEBHOOK_SECRET": SECRET,
    }
    with subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as child:  # fmt: skip
        try:
            wait_for(lambda: ready.exists() or child.poll() is not None)
            yield ready.read_text().strip()
        finally:
            child.terminate()


@contextmanager
def shop_at(base: str, endpoint: Endpoint) -> Iterator[Shop]:
    """The merchant, whose endpoint the sandbox posts to."""
    url = f"{base}/stripe"
    here: Any = {"api": url, "files": url, "connect": url, "meter_events": url}
    transport = stripe.RequestsClient(timeout=PATIENCE_S)
    client = stripe.StripeClient(
        API_KEY, base_addresses=here, max_network_retries=0, http_client=transport
    )
    shop = Shop(url, client, endpoint)
    shop.call("POST", "/_control/webhook_target", {"url": endpoint.url})
    try:
        yield shop
    finally:
        transport.close()  # type: ignore[no-untyped-call]
