"""The sandbox's PSPs as a background process: third parties that are reached over HTTP only."""

import os
import sys

from tools.local.credentials import psp_credentials
from tools.local.endpoints import Endpoints
from tools.local.http import post, wait_until_it_answers
from tools.local.places import LOCAL, LOGS, SANDBOX_BOOK
from tools.local.processes import HOST, Process, port_for, running, start, stop

NAME = "sandbox_psp"
_START_S = 20.0
# Where webhooks go until the API exists: a loopback port nobody listens on.
_NOWHERE = f"http://{HOST}:9/not-deployed-yet"


def ensure_running(*, fresh_book: bool) -> tuple[Process, bool]:
    """The sandbox PSP, and whether it had to be started.

    A fresh book goes with a fresh emulator: neither side then remembers the other's charges.
    """
    found = running(NAME)
    if found and not fresh_book:
        return found, False
    if found:
        stop(found)
    if fresh_book:
        for part in SANDBOX_BOOK.parent.glob(f"{SANDBOX_BOOK.name}*"):
            part.unlink()
    log = LOGS / f"{NAME}.log"
    log.unlink(missing_ok=True)
    port = port_for(NAME)
    process = start(NAME, _command(port), env=_environment(), port=port, log=log)
    wait_until_it_answers(health_url(process), _START_S, process)
    return process, True


def health_url(process: Process) -> str:
    """What answers once the sandbox serves."""
    return f"{process.url}/_control/health"


def send_webhooks_to(endpoints: Endpoints) -> None:
    """Tell each PSP where the system listens."""
    for psp in endpoints.psp_secret_arns:
        target = {"url": endpoints.webhook_url(psp)}
        post(f"{endpoints.psp_url(psp)}/_control/webhook_target", target)


def _command(port: int) -> list[str]:
    return [
        sys.executable,
        *("-m", "tools.sandbox_psp"),
        *("--port", str(port)),
        *("--db", str(SANDBOX_BOOK)),
        *("--webhook-url", _NOWHERE),
        *("--ready-file", str(LOCAL / f"{NAME}.ready")),
    ]


def _environment() -> dict[str, str]:
    credentials = psp_credentials()
    return os.environ | {
        "SANDBOX_PSP_API_KEY": credentials["sandbox"]["api_key"],
        "SANDBOX_PSP_WEBHOOK_SECRET": credentials["sandbox"]["webhook_secret"],
        "SANDBOX_PSP_STRIPE_API_KEY": credentials["stripe"]["api_key"],
        "SANDBOX_PSP_STRIPE_WEBHOOK_SECRET": credentials["stripe"]["webhook_secret"],
        "SANDBOX_PSP_ADYEN_API_KEY": credentials["adyen"]["api_key"],
        "SANDBOX_PSP_ADYEN_HMAC_KEY": credentials["adyen"]["hmac_key"],
        "PYTHONUNBUFFERED": "1",
    }
