"""A system of this step's own under IAM enforcement, and what was asked of its roles."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from tools.client import Client
from tools.local import system
from tools.local.engine import ASKED, ENFORCE
from tools.local.failure import LocalFailure
from tools.local.places import LOCAL, LOGS, ROOT, STAGE
from tools.local.progress import Progress
from tools.proof.claims import Run
from tools.secure.asked import Asked, logical_ids, read_asked

_PATIENCE_S = 3600
_STACKS = ("data", "lake", "service")


@dataclass(frozen=True, slots=True)
class Enforced:
    """The running system, and the file in which the emulator writes what it asks."""

    client: Client
    lines: Path

    def asked(self) -> Asked:
        """Return what was asked so far."""
        text = self.lines.read_text(encoding="utf-8") if self.lines.exists() else ""
        return read_asked(text.splitlines(), logical_ids(self._resources()))

    def _resources(self) -> Iterator[Any]:
        pages = self.client.aws("cloudformation").get_paginator("list_stack_resources")
        for stack in _STACKS:
            for page in pages.paginate(StackName=f"countinghouse-{STAGE}-{stack}"):
                yield from page["StackResourceSummaries"]


@contextlib.contextmanager
def enforced_system(name: str) -> Iterator[Enforced]:
    """Bring a system up with enforcement on, and down at the end.

    Raises LocalFailure when one is up already: it may be somebody's, and not enforced.
    """
    if system.is_up():
        raise LocalFailure("a system is up here: stop it first with make down")
    lines = LOCAL / f"asked-{name}.jsonl"
    lines.unlink(missing_ok=True)
    os.environ |= {ENFORCE: "1", ASKED: str(lines)}
    try:
        system.up(Progress(Console(quiet=True)))
        yield Enforced(Client.of_running_system(), lines)
    finally:
        system.down()
        del os.environ[ENFORCE], os.environ[ASKED]


def runs(run: Run, title: str, *arguments: str) -> bool:
    """Run a Python module to its end with its output in a log; whether it succeeded."""
    log = LOGS / f"{title.replace(' ', '-')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE_S,
            check=False,
        )
    run.tell(f"{title}: {'done' if done.returncode == 0 else f'failed, see {log}'}")
    return done.returncode == 0
