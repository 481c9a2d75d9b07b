"""The sandbox PSP as a background process: a third party that is reached over HTTP only."""

import os
import sys

from tools.local.credentials import psp_credentials
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


def send_webhooks_to(process: Process, url: str) -> None:
    """Tell the sandbox where the system listens."""
    post(f"{process.url}/_control/webhook_target", {"url": url})


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
        "SANDBOX_PSP_API_KEY": credentials.api_key,
        "SANDBOX_PSP_WEBHOOK_SECRET": credentials.webhook_secret,
        "PYTHONUNBUFFERED": "1",
    }
