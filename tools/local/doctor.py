"""What this machine has, compared with what the project needs, each with what to do about it."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from tools.local import engine
from tools.local.places import ROOT
from tools.local.processes import is_alive, recorded

Verdict = Literal["ok", "advice", "broken"]
_MIN_NODE = 20
_ADVISED_NODE = 22
_MIN_FREE_GB = 3


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    subject: str
    verdict: Verdict
    detail: str


def examine() -> list[Finding]:
    """Look at everything the local environment stands on."""
    return [
        _python(),
        _node(),
        *_programs(),
        _cdk(),
        *_packages(),
        _emulator(),
        *_stamps(),
        _disk(),
        *_processes(),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", "ok", version)


def _node() -> Finding:
    version = _output("node", "--version")
    major = int(match[1]) if (match := re.match(r"v(\d+)", version)) else 0
    if major < _MIN_NODE:
        return Finding("node", "broken", f"{version or 'missing'}: install Node.js 22 or later")
    if major < _ADVISED_NODE:
        return Finding("node", "advice", f"{version} works but is past its end; use 22 or later")
    return Finding("node", "ok", version)


def _programs() -> Iterator[Finding]:
    for name in ("npm", "git", "make"):
        found = shutil.which(name)
        yield Finding(name, "ok" if found else "broken", found or f"missing: install {name}")


def _cdk() -> Finding:
    manifest = ROOT / "node_modules" / "aws-cdk" / "package.json"
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]["aws-cdk"]
    found = json.loads(manifest.read_text())["version"] if manifest.exists() else "missing"
    if found != wanted:
        return Finding("cdk", "broken", f"{found}, pinned is {wanted}: run make setup")
    return Finding("cdk", "ok", found)


def _packages() -> Iterator[Finding]:
    """The pins whose drift has cost hours before."""
    locked = dict(re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", _read("requirements/dev.lock")))
    for name in ("aws-cdk-lib", "boto3", "ministack", "pydantic", "aws-lambda-powertools"):
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = "missing"
        right = found == locked.get(name)
        advice = "" if right else f", locked is {locked.get(name)}: run make setup"
        yield Finding(name, "ok" if right else "broken", f"{found}{advice}")


def _emulator() -> Finding:
    if engine.is_installed():
        return Finding("emulator", "ok", "installed in .engine")
    return Finding("emulator", "broken", "missing: run make setup")


def _stamps() -> Iterator[Finding]:
    """An environment older than its lock is what `make setup` would renew."""
    for lock, stamp in (
        ("requirements/dev.lock", ".venv/.synced"),
        ("requirements/engine.lock", ".engine/.synced"),
        ("package-lock.json", "node_modules/.synced"),
    ):
        made = ROOT / stamp
        if not made.exists() or made.stat().st_mtime < (ROOT / lock).stat().st_mtime:
            yield Finding(lock, "advice", "changed since the last make setup")


def _disk() -> Finding:
    free = shutil.disk_usage(ROOT).free / 1e9
    verdict: Verdict = "ok" if free > _MIN_FREE_GB else "advice"
    return Finding("disk", verdict, f"{free:.0f} GB free")


def _processes() -> Iterator[Finding]:
    for process in recorded().values():
        if is_alive(process):
            yield Finding(process.name, "ok", f"running at {process.url}, pid {process.pid}")
        else:
            yield Finding(process.name, "advice", "on record but not running: run make up")


def _output(program: str, *arguments: str) -> str:
    found = shutil.which(program)
    if found is None:
        return ""
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _read(path: str) -> str:
    return (ROOT / Path(path)).read_text(encoding="utf-8")
