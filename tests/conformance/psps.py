"""The sandbox's PSPs as a process of its own, and our adapters connected to them as in the cloud.

Nothing here knows one PSP from another: what differs between them is behind the desk.
"""

from __future__ import annotations

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

from countinghouse.ports.clock import Clock
from countinghouse_aws.psp.connections import Connections
from countinghouse_aws.psp.desk import Desk
from countinghouse_aws.system.secrets import RotatingSecret
from infra.psps import served_by_the_sandbox
from tools.local.credentials import Credentials, made_up

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 20
TIMEOUT_S = 0.5
"""How long our adapters wait here; a hung PSP stays silent for a second."""

PSPS = ("sandbox", "stripe", "adyen")
_VARIABLES = {
    "SANDBOX_PSP_API_KEY": ("sandbox", "api_key"),
    "SANDBOX_PSP_WEBHOOK_SECRET": ("sandbox", "webhook_secret"),
    "SANDBOX_PSP_STRIPE_API_KEY": ("stripe", "api_key"),
    "SANDBOX_PSP_STRIPE_WEBHOOK_SECRET": ("stripe", "webhook_secret"),
    "SANDBOX_PSP_ADYEN_API_KEY": ("adyen", "api_key"),
    "SANDBOX_PSP_ADYEN_HMAC_KEY": ("adyen", "hmac_key"),
}


def await_(met: Callable[[], bool], what: str) -> None:
    """Await a condition, briefly and often."""
    deadline = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


@dataclass
class Vault:
    """Secrets Manager: by PSP, its current and its previous secret."""

    secrets: dict[str, dict[str, dict[str, str]]]

    def get_secret_value(self, **asked: str) -> dict[str, str]:
        """The version that is asked for, or an error as boto3 has it."""
        versions = self.secrets[asked["SecretId"]]
        return {"SecretString": json.dumps(versions[asked["VersionStage"]])}


@dataclass
class Letterbox:
    """Webhooks as they came: headers and bytes, the oldest first."""

    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def take(self) -> list[tuple[dict[str, str], bytes]]:
        """What has come since it was last emptied."""
        taken, self.received = self.received, []
        return taken


@dataclass
class Psp:
    """One PSP: our desk there, its control calls, and the webhooks that it sent."""

    name: str
    url: str
    connect: Callable[[], Connections]
    letterbox: Letterbox
    vault: Vault

    @property
    def desk(self) -> Desk:
        """A desk as a fresh process would have it."""
        return self.connect().desk(self.name)

    def control(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """One of the test's or the buyer's calls; it must be taken."""
        parts = urlsplit(self.url + path)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        raw = None if body is None else json.dumps(body)
        connection.request(method, target, raw, {"content-type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status < 300, f"{method} {path}: {answer.status} {text[:300]!r}"
        parsed: dict[str, Any] = json.loads(text) if text else {}
        return parsed

    def attach(self, token: str, **method: object) -> None:
        """The buyer enters a payment method in the PSP's own fields."""
        self.control("POST", f"/sessions/{token}/payment_method", method)

    def act(self, reference: str, result: str) -> None:
        """The buyer answers a challenge, a wallet's redirect or a code."""
        self.control("POST", f"/_control/actions/{reference}", {"result": result})

    def plant(self, kind: str, **how: object) -> None:
        """Have the PSP misbehave once, or as often as told."""
        self.control("POST", "/_control/faults", {"kind": kind, **how})

    def book(self, order_id: str) -> list[dict[str, Any]]:
        """The PSP's own book of an order's charges: the ground truth."""
        found: list[dict[str, Any]] = self.control("GET", f"/_control/charges?order_id={order_id}")[
            "data"
        ]
        return found

    def pass_time(self, seconds: int) -> None:
        """Move the PSP's clock forward."""
        self.control("POST", "/_control/clock", {"advance": f"{seconds}s"})


@contextmanager
def served(folder: Path, clock: Clock) -> Iterator[dict[str, Psp]]:
    """All three, served on a loopback port until the end."""
    credentials = made_up()
    with _letterboxes() as (boxes, address):
        command = [
            sys.executable,
            *("-m", "tools.sandbox_psp", "--port", "0", "--hang-seconds", "1"),
            *("--ready-file", str(folder / "url"), "--payout-arrival", "0"),
        ]
        env = dict(os.environ)
        env |= {name: credentials[psp][part] for name, (psp, part) in _VARIABLES.items()}
        with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL) as child:
            try:
                ready = folder / "url"
                await_(lambda: ready.exists() or child.poll() is not None, "the sandbox")
                base = ready.read_text(encoding="utf-8").strip()
                vault = _vault(credentials)
                psps = {name: _psp(name, base, vault, boxes[name], clock) for name in PSPS}
                for name, psp in psps.items():
                    target = {"url": f"{address}/{name}"}
                    psp.control("POST", "/_control/webhook_target", target)
                yield psps
            finally:
                child.terminate()


def _vault(credentials: Credentials) -> Vault:
    versions = ("AWSCURRENT", "AWSPREVIOUS")
    return Vault(
        {
            psp: {version: dict(fields) for version in versions}
            for psp, fields in credentials.items()
        }
    )


def connected(base: str, vault: Vault, clock: Clock) -> Connections:
    """Our desks at the PSPs that a sandbox serves, or would serve, at `base`."""
    psps = served_by_the_sandbox(base)
    settings = {psp.name: {**psp.settings, "secret_id": psp.name} for psp in psps}
    client: Any = vault
    return Connections(settings, lambda one: RotatingSecret(client, one, clock), TIMEOUT_S)


def _psp(name: str, base: str, vault: Vault, letterbox: Letterbox, clock: Clock) -> Psp:
    url = base if name == "sandbox" else f"{base}/{name}"
    return Psp(name, url, lambda: connected(base, vault, clock), letterbox, vault)


@contextmanager
def _letterboxes() -> Iterator[tuple[dict[str, Letterbox], str]]:
    """A letterbox a PSP, and the address that they share."""
    boxes = {name: Letterbox() for name in PSPS}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            boxes[self.path.strip("/")].received.append((headers, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield boxes, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
