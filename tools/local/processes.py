"""Background processes that are ours: started, recognised and stopped by process id.

A process id alone is never trusted, because the system reuses them. A record also holds the moment
the process started; only when both still match is it signalled.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.local.failure import LocalFailure
from tools.local.places import PIDS, PORTS, ROOT

HOST = "127.0.0.1"
_GRACE_S = 10.0
_POLL_S = 0.05


@dataclass(frozen=True)
class Process:
    """A background process as recorded in `.local/pids.json`."""

    name: str
    pid: int
    birth: str
    port: int
    log: str

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"


def birth_of(pid: int) -> str | None:
    """A token of when this process started, or None when there is no such (living) process."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # The command name, in parentheses, may itself hold spaces: count after the last one.
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        return None if fields[0] == "Z" else f"{boot}:{fields[19]}"
    ps = shutil.which("ps")
    if ps is None:
        return None
    found = subprocess.run(
        [ps, "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or None


def is_alive(process: Process) -> bool:
    """True when the recorded process still runs and is the very one that was started."""
    return birth_of(process.pid) == process.birth


def start(
    name: str, command: Sequence[str], *, env: Mapping[str, str], port: int, log: Path
) -> Process:
    """Start a process in a session of its own, so that Ctrl-C here does not reach it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(command),
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process = Process(name, child.pid, birth_of(child.pid) or "gone", port, str(log))
    record(process)
    return process


def stop(process: Process) -> bool:
    """Ask it to end, insist after ten seconds. False when it was not running any more."""
    was_alive = is_alive(process)
    if was_alive:
        os.kill(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_S
        while is_alive(process) and time.monotonic() < deadline:
            _reap(process.pid)
            time.sleep(_POLL_S)
        if is_alive(process):
            os.kill(process.pid, signal.SIGKILL)
    forget(process.name)
    return was_alive


def _reap(pid: int) -> None:
    """Collect the process if it happens to be this one's child."""
    with contextlib.suppress(OSError):
        os.waitpid(pid, os.WNOHANG)


def recorded() -> dict[str, Process]:
    """Every process on record, running or not, by name."""
    if not PIDS.exists():
        return {}
    return {row["name"]: Process(**row) for row in json.loads(PIDS.read_text(encoding="utf-8"))}


def running(name: str) -> Process | None:
    """The named process, if it is on record and alive."""
    process = recorded().get(name)
    return process if process and is_alive(process) else None


def record(process: Process) -> None:
    """Put it on record, in place of an earlier one of its name."""
    _write({**recorded(), process.name: process})


def forget(name: str) -> None:
    """Take it off the record."""
    _write({key: process for key, process in recorded().items() if key != name})


def _write(processes: Mapping[str, Process]) -> None:
    PIDS.parent.mkdir(parents=True, exist_ok=True)
    rows = [asdict(process) for process in processes.values()]
    PIDS.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def port_for(name: str) -> int:
    """A free loopback port, the one this name had last if it still is.

    The PSP's URL is part of the templates; a port that stays saves the next start a synthesis.
    """
    ports: dict[str, int] = json.loads(PORTS.read_text(encoding="utf-8")) if PORTS.exists() else {}
    port = _free_port(ports.get(name, 0))
    PORTS.parent.mkdir(parents=True, exist_ok=True)
    PORTS.write_text(json.dumps({**ports, name: port}, indent=2) + "\n", encoding="utf-8")
    return port


def _free_port(preferred: int) -> int:
    for candidate in (preferred, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((HOST, candidate))
                port: int = probe.getsockname()[1]
                return port
    raise LocalFailure("no free loopback port")
