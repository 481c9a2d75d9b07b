"""The release before this one, from git, running in this process beside the new one.

Both know modules of the same names. While a function of the old release runs, `sys.modules` and
`sys.path` hold its own; what is not ours (boto3, pydantic, the emulator) is shared.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from countinghouse.domain.errors import Unavailable
from countinghouse_aws.observability import logger
from countinghouse_aws.system import clients
from infra import code_version
from tests.simulation.cloud import SECRET_ID
from tests.simulation.lambdas import NAMES
from tests.simulation.machine import InlineExecutor, Machine

ROOT = Path(__file__).parents[2]
DEPLOYED = ("functions", "layers/core", "layers/adapters")
_OURS = ("countinghouse", "countinghouse_aws", "functions")
_KNOWS_VERSIONS = Path("layers/core/python/countinghouse/domain/ledger.py")
_SETTINGS = {"PSP_SANDBOX_URL": "http://psp.simulation", "PSP_SECRET_ID": SECRET_ID}
"""What only releases with one PSP read from their environment."""

Handler = Callable[[dict[str, Any], Any], Any]


class NoRelease(RuntimeError):
    """There is no earlier code to be had."""


def _git(*asked: str) -> bytes:
    command = ["/usr/bin/env", "git", *asked]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if told.returncode:
        raise NoRelease(f"git {asked[0]}: {told.stderr.decode(errors='replace').strip()}")
    return told.stdout


def releases(most: int) -> list[str]:
    """The releases before this one, the newest first: what is deployed, at most so many.

    The first is HEAD where files differ from it, else the parent of the last commit that changed
    what is deployed. Raises NoRelease when there is none.
    """
    changed = _git("log", f"-{most + 1}", "--format=%H", "--", *DEPLOYED).decode().split()
    is_dirty = bool(_git("status", "--porcelain", "--", *DEPLOYED).strip())
    found = changed[:most] if is_dirty else changed[1 : most + 1]
    if not found:
        raise NoRelease("there is no earlier release in this clone: fetch its history")
    return found


def unpacked(commit: str, folder: Path) -> Path:
    """The deployed code of a commit, in a folder. Raises NoRelease."""
    packed = _git("archive", "--format=tar", commit, "--", *DEPLOYED)
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in _OURS


@dataclass
class Release:
    """The code in a folder. Its functions are called with `invoke`."""

    folder: Path
    machine: Machine
    modules: dict[str, ModuleType] = field(default_factory=dict)
    handlers: dict[str, Handler] = field(default_factory=dict)
    version: str | None = field(init=False)
    """What its journals name; None when it is older than the record of it."""

    def __post_init__(self) -> None:
        self.path = [str(self.folder / part / "python") for part in DEPLOYED[1:]]
        self.path.append(str(self.folder))
        knows = "code_version" in (self.folder / _KNOWS_VERSIONS).read_text(encoding="utf-8")
        layers = (self.folder / part for part in DEPLOYED[1:])
        self.version = code_version.of_folders(*layers) if knows else None
        with self.current():
            for name in NAMES:
                self.handlers[name] = import_module(f"functions.{name}.handler").lambda_handler
            self._patched = ExitStack()
            for target, name, value in [*self._swaps()]:
                self._patched.enter_context(patch.object(target, name, value))

    def close(self) -> None:
        """Undo what was patched in its modules."""
        self._patched.close()

    def _swaps(self) -> Iterator[tuple[Any, str, Any]]:
        """As `machine()` does it to the new release."""
        machine, theirs = self.machine, import_module("countinghouse_aws.observability").logger
        yield import_module("countinghouse_aws.system.clock"), "time", machine.clock
        yield import_module("countinghouse_aws.edge.queue"), "ThreadPoolExecutor", InlineExecutor
        yield import_module("countinghouse_aws.payout_assembly").PayoutAssembly, "payout_runs", None
        # Older ones than that make their clients of boto3's session, which is the machine's too.
        if hasattr(calling := import_module("countinghouse_aws.system.clients"), "session"):
            yield calling, "session", clients.session
        transport = import_module("countinghouse_aws.psp.transport").HttpTransport
        for module in [one for name, one in sys.modules.items() if _is_ours(name)]:
            if getattr(module, "HttpTransport", None) is transport:
                yield module, "HttpTransport", machine.transport
            # One log for both: what either says is read by the world.
            if getattr(module, "logger", None) is theirs:
                yield module, "logger", logger
        tally = getattr(import_module("countinghouse_aws.observability"), "Tally", None)
        if tally is not None:
            yield tally, "flush", lambda _: None

    @contextmanager
    def current(self) -> Iterator[None]:
        """Its modules are the ones that are imported, for as long as the context is open."""
        theirs = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_ours(name)}
        path = list(sys.path)
        sys.modules.update(self.modules)
        sys.path[:0] = self.path
        try:
            with patch.dict(os.environ, {**_SETTINGS, "CODE_VERSION": self.version or ""}):
                yield
        finally:
            sys.path[:] = path
            self.modules = {n: sys.modules.pop(n) for n in list(sys.modules) if _is_ours(n)}
            sys.modules.update(theirs)

    def invoke(self, name: str, event: dict[str, Any], context: Any) -> Any:
        """Run a function. Raises Unavailable, of the new release, for what it raised itself."""
        with self.current():
            failed = sys.modules["countinghouse.domain.errors"].CountinghouseError
            try:
                return self.handlers[name](event, context)
            except failed as error:
                told = f"{type(error).__name__}: {error}"
        raise Unavailable(told)

    def forget(self, name: str) -> None:
        """Drop what a process of the function keeps in memory."""
        with self.current():
            import_module(f"functions.{name}.wiring").deps.cache_clear()
            sys.modules["countinghouse_aws.system.clients"].aws_client.cache_clear()

    def decoded(self, rows: Mapping[str, list[dict[str, Any]]]) -> int:
        """Read rows with its own decoders, by table; returns how many. Raises what they raise."""
        count = 0
        with self.current():
            for table, (module, name) in DECODERS.items():
                decode = getattr(import_module(f"countinghouse_aws.dynamodb.{module}"), name)
                for row in rows.get(table, ()):
                    decode(row)
                    count += 1
        return count


DECODERS: Mapping[str, tuple[str, str]] = {
    "payment_event": ("payments", "decode_payment"),
    "payment_order": ("orders", "decode_order"),
    "psp_event": ("psp_events", "decode_psp_event"),
    "ledger": ("ledger", "decode_journal"),
    "wallet": ("wallets", "decode_wallet"),
    "payout": ("payout_rows", "decode_payout"),
}
