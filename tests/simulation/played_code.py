"""Which code a run plays: by its commit for people, and by its bytes for what is kept of a run."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass

from tools.local.places import ROOT

PLAYED = (
    "layers",
    "functions",
    "infra/grants.py",
    "infra/workflows",
    "infra/lake_tables.py",
    "infra/queue_limits.py",
    "requirements",
    "tests/simulation",
    "tests/builders.py",
    "tests/converted.py",
    "tests/fakes/clock.py",
    "tests/infra/asl.py",
    "tests/lakes.py",
    "tools/ledger_verify",
    "tools/restore",
    "tools/sandbox_psp",
)
"""What a history is played by and with; a change of anything else plays no other one."""
UNPLAYED = (":(exclude)tests/simulation/test_*", ":(exclude)*.md")


@dataclass(frozen=True, slots=True)
class Code:
    """The last commit that changed it, marked when files differ from that, and a hash of it all."""

    commit: str
    sha256: str


def played_code() -> Code:
    """The code that is checked out."""
    commit = _git("log", "-1", "--abbrev=10", "--format=%h").strip()
    dirty = "-dirty" if _git("status", "--porcelain").strip() else ""
    names = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    whole = hashlib.sha256()
    for name in sorted(filter(None, names)):
        path = ROOT / name
        content = path.read_bytes() if path.is_file() else b""
        whole.update(f"{name}\0{len(content)}\0".encode() + content)
    return Code(commit + dirty, whole.hexdigest())


def _git(*asked: str) -> str:
    told = subprocess.run(
        ["/usr/bin/env", "git", *asked, "--", *PLAYED, *UNPLAYED],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout
