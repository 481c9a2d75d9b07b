"""The AWS emulator as a background process, in an environment of its own and on loopback only."""

import json
import os
import shutil
import sys

from tools.local.failure import LocalFailure
from tools.local.http import request, wait_until_it_answers
from tools.local.places import (
    ACCESS_KEY_ID,
    ACCOUNT,
    EMULATOR_FILES,
    LOGS,
    REGION,
    ROOT,
    SECRET_ACCESS_KEY,
)
from tools.local.processes import HOST, Process, port_for, running, start

NAME = "emulator"
_BIN = ROOT / ".engine" / ("Scripts" if sys.platform == "win32" else "bin")
_START_S = 30.0
# Only these reach the emulator: its Lambda processes inherit what it has, and a developer's AWS
# profile or proxy has no business there.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT")
# Set, the functions run with their roles' permissions and no others: docs/security.md.
ENFORCE = "ENFORCE_IAM"
# With enforcement, a file in which the emulator writes what it asks of the roles.
ASKED = "IAM_ASKED"
_ENFORCING = ROOT / "tools" / "local" / "enforcement.py"
# Set, a file in which the emulator writes every call and every invocation: tools/local/hearing.py.
HEARD = "CALLS_HEARD"
_HEARING = ROOT / "tools" / "local" / "hearing.py"


def environment(port: int) -> dict[str, str]:
    """The emulator's settings. Chosen for one laptop: loopback only and below 3 GiB in all."""
    inherited = {key: os.environ[key] for key in _INHERITED if key in os.environ}
    return inherited | {
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        # Two services that would open ports of their own.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        # A Lambda process is about 60 MB. Surplus ones go after half a minute idle, and two dozen
        # may work at once: more than two cores can use. Who listens wants none to start again.
        "LAMBDA_WARM_TTL_SECONDS": "600" if is_heard() else "30",
        "LAMBDA_ACCOUNT_CONCURRENCY": "24",
        # Functions' own output is kept by the emulated CloudWatch Logs; see `countinghouse logs`.
        "LOG_LEVEL": "WARNING",
        # Each Lambda process unpacks its layers here; emptied at every start.
        "TMPDIR": str(EMULATOR_FILES),
        "PYTHONUNBUFFERED": "1",
        **_enforcement(),
        **({HEARD: os.environ[HEARD]} if is_heard() else {}),
    }


def is_enforced() -> bool:
    """Whether the developer asked for IAM enforcement."""
    return os.environ.get(ENFORCE, "") not in ("", "0")


def is_heard() -> bool:
    """Whether somebody wants every call written down."""
    return bool(os.environ.get(HEARD))


def _enforcement() -> dict[str, str]:
    if not is_enforced():
        return {}
    asked = os.environ.get(ASKED)
    return {"AUTH": "true"} | ({ASKED: asked} if asked else {})


def is_installed() -> bool:
    """True when `make setup` has made the emulator's environment."""
    return _program() is not None


def ensure_running() -> tuple[Process, bool]:
    """The emulator, and whether it had to be started (and so is empty)."""
    found = running(NAME)
    if found:
        wait_until_it_answers(health_url(found), _START_S, found)
        _refuse_half_enforced(found)
        return found, False
    program = _program()
    if program is None:
        raise LocalFailure("the emulator is not installed: run make setup")
    shutil.rmtree(EMULATOR_FILES, ignore_errors=True)
    EMULATOR_FILES.mkdir(parents=True)
    log = LOGS / f"{NAME}.log"
    log.unlink(missing_ok=True)
    port = port_for(NAME)
    process = start(NAME, command(program), env=environment(port), port=port, log=log)
    wait_until_it_answers(health_url(process), _START_S, process)
    return process, True


def _refuse_half_enforced(found: Process) -> None:
    """Raise LocalFailure when enforcement is asked for and what runs was started without."""
    _, said = request("GET", health_url(found))
    if is_enforced() and json.loads(said).get("auth") != "enabled":
        raise LocalFailure("the system runs without IAM enforcement: stop it first with make down")


def health_url(process: Process) -> str:
    """What answers once the emulator serves."""
    return f"{process.url}/_ministack/health"


def command(program: str) -> list[str]:
    """What starts the emulator; enforcing or heard, it runs inside a program of ours, on safe paths
    only. Raises LocalFailure when both are asked for.
    """
    if is_enforced() and is_heard():
        raise LocalFailure(f"{ENFORCE} and {HEARD} do not go together")
    if not is_enforced() and not is_heard():
        return [program]
    return [str(_BIN / "python"), "-P", str(_ENFORCING if is_enforced() else _HEARING)]


def _program() -> str | None:
    return shutil.which("ministack", path=str(_BIN))
