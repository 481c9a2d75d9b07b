"""The little HTTP the local tools speak, to loopback only."""

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tools.local.failure import LocalFailure, with_tail
from tools.local.processes import Process, is_alive

_PATIENCE_S = 0.1
_TIMEOUT_S = 15.0
# Loopback traffic never belongs to a proxy, whatever the environment says.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def request(
    method: str, url: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> tuple[int, str]:
    """One call: the status and the text, also for an error status. OSError when nobody answers."""
    data = None if body is None else json.dumps(body).encode()
    call = urllib.request.Request(
        url,
        data=data,
        method=method,
        headers={"content-type": "application/json"} | (headers or {}),
    )
    try:
        with _OPENER.open(call, timeout=_TIMEOUT_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode(errors="replace")


def answers(url: str) -> bool:
    """True when a GET is answered with success."""
    try:
        status, _ = request("GET", url)
    except OSError:
        return False
    return status < 400


def wait_until_it_answers(url: str, seconds: float, process: Process) -> None:
    """Return once the URL answers with success.

    Raises LocalFailure, with the end of the process's log, when it dies first or takes too long.
    """
    log = Path(process.log)
    deadline = time.monotonic() + seconds
    while not answers(url):
        if not is_alive(process):
            raise with_tail(f"{process.name} stopped while starting", log)
        if time.monotonic() > deadline:
            raise with_tail(f"{url} did not answer within {seconds:.0f} s", log)
        time.sleep(_PATIENCE_S)


def post(url: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
    """A call that must succeed."""
    status, text = request("POST", url, body, headers)
    if status >= 400:
        raise LocalFailure(f"POST {url} was answered {status}: {text[:300]}")
