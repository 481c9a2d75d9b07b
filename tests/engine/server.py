"""ministack as `make up` starts it: a process of its own environment, here on a port of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import boto3

from tests.engine.engines import CONFIG, GUARDED, PROCESS, Engine
from tools.local.engine import environment
from tools.local.places import ACCESS_KEY_ID, REGION, ROOT, SECRET_ACCESS_KEY
from tools.local.processes import HOST

PROGRAM = ROOT / ".engine" / "bin" / "ministack"
START_S = 30
GRACE_S = 10
PATIENCE_S = 20


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def server(*, guarded: bool) -> Iterator[str]:
    """The process, its URL; `guarded` with IAM enforced."""
    assert PROGRAM.exists(), "the emulator is not installed: run make setup"
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="countinghouse-engine-") as folder:
        settings = environment(port) | {"TMPDIR": folder} | ({"AUTH": "true"} if guarded else {})
        log = Path(folder) / "server.log"
        with log.open("wb") as output:
            # A session of its own, so that the functions' processes end with it.
            child = subprocess.Popen(
                [str(PROGRAM)], cwd=folder, env=settings, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        try:
            _wait(port, child, log)
            yield f"http://{HOST}:{port}"
        finally:
            child.terminate()
            try:
                child.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)


def _wait(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while not _answers(port):
        waits = child.poll() is None and time.monotonic() < deadline
        assert waits, log.read_text(encoding="utf-8")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def server_engine(*, guarded: bool = False) -> Iterator[Engine]:
    """An engine of that process's own."""
    keys = {"aws_access_key_id": ACCESS_KEY_ID, "aws_secret_access_key": SECRET_ACCESS_KEY}
    with server(guarded=guarded) as url:

        def make(service: str) -> Any:
            return boto3.client(service, REGION, endpoint_url=url, config=CONFIG, **keys)  # type: ignore[call-overload]

        name = GUARDED if guarded else PROCESS
        engine = Engine(name, make, patience_s=PATIENCE_S, listen_s=1)
        with engine.undo:
            yield engine
