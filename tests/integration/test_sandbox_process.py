"""The sandbox as a process: a loopback port, webhooks posted, connections cut, a clean end."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 20


def wait_for(met: Callable[[], bool]) -> None:
    """Await a condition, briefly and often."""
    deadline = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@dataclass
class Receiver:
    """A webhook receiver that refuses the first one it gets."""

    events: list[dict[str, Any]] = field(default_factory=list)
    attempts: int = 0
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.attempts += 1
            if state.attempts > 1:
                state.events.append(json.loads(body))
            self.send_response(503 if state.attempts == 1 else 204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/hook?psp=sandbox"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def process(tmp_path: Path, receiver: Receiver) -> Iterator[tuple[subprocess.Popen[str], str]]:
    ready = tmp_path / "url"
    command = [
        sys.executable, "-m", "tools.sandbox_psp", "--port", "0", "--ready-file", str(ready),
        "--db", str(tmp_path / "psp.db"), "--webhook-url", receiver.url, "--hang-seconds", "1",
        "--payout-arrival", "0",
    ]  # fmt: skip
    env = {**os.environ, "SANDBOX_PSP_API_KEY": "sk_http"}
    with subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as child:  # fmt: skip
        try:
            wait_for(lambda: ready.exists() or child.poll() is not None)
            yield child, ready.read_text().strip()
        finally:
            child.kill()


def call(url: str, method: str, path: str, body: object = None, key: str = "") -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)
    headers = {"Authorization": "Bearer sk_http", "Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = key
    try:
        connection.request(method, path, "" if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_the_process_charges_delivers_cuts_and_ends(
    process: tuple[subprocess.Popen[str], str], receiver: Receiver
) -> None:
    child, url = process
    assert call(url, "GET", "/_control/health")[1]["status"] == "ok"
    body = {"reference": "chk-1", "amount": 9_000, "currency": "EUR"}
    token = call(url, "POST", "/v1/sessions", body)[1]["psp_token"]
    charge = {"session": token, "reference": "ord-1", "amount": 3_000, "currency": "EUR",
              "method": "wallet"}  # fmt: skip

    for kind, key in (("timeout_after_success", "k1"), ("connection_drop", "k2")):
        call(url, "POST", "/_control/faults", {"kind": kind, "times": 1})
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            call(url, "POST", "/v1/charges", charge, key)
    status, answer = call(url, "POST", "/v1/charges", charge, "k1")
    assert (status, answer["status"]) == (201, "requires_action")
    call(url, "POST", f"/_control/actions/{answer['psp_reference']}", {"result": "approve"})

    assert len(call(url, "GET", "/_control/charges")[1]["data"]) == 1
    wait_for(lambda: len(receiver.events) == 2)
    kinds = {event["type"] for event in receiver.events}
    assert kinds == {"charge.requires_action", "charge.captured"}
    wait_for(lambda: call(url, "GET", "/_control/health")[1]["webhooks_pending"] == 0)

    # An arrival after no time at all: the courier's sweep alone moves it, nobody calls.
    account = {"holder": "A. Seller", "currency": "EUR"}
    account = call(url, "POST", "/_control/bank_accounts", account)[1]["bank_account"]
    payout = {"reference": "po-1", "bank_account": account, "amount": 5, "currency": "EUR"}
    assert call(url, "POST", "/v1/payouts", payout, "p1")[0] == 201
    wait_for(lambda: len(receiver.events) == 4)
    assert {event["type"] for event in receiver.events} - kinds == {
        "payout.in_transit", "payout.paid",
    }  # fmt: skip
    wait_for(lambda: call(url, "GET", "/_control/health")[1]["webhooks_pending"] == 0)

    child.send_signal(signal.SIGTERM)
    out, err = child.communicate(timeout=PATIENCE_S)
    assert (child.returncode, err) == (0, "")
    assert out == f"sandbox PSP at {url}\n"
