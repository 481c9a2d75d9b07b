"""What others wrote: pinned, listed, licensed, and asked about at an advisory database.

An audit that could not be made is not a clean one: without an answer for every package the claims
do not hold.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.local.places import ROOT
from tools.proof.claims import Claim, Proof, Run
from tools.sbom import BOM, document, licence, packages, pinned

_PATIENCE_S = 300


@dataclass(frozen=True, slots=True)
class Audit:
    """What pip-audit said of one lock: packages pinned, packages looked up, advisories found."""

    lock: str
    pinned: int
    audited: int
    advisories: tuple[str, ...]
    failure: str = ""


def locks(root: Path = ROOT) -> list[Path]:
    """Return every lock of Python packages: the layers', the developer's, the engine's."""
    found = [*root.glob("layers/*/requirements.txt"), *root.glob("requirements/*.lock")]
    return sorted([*found, root / "requirements" / "bootstrap.txt"])


def audit(lock: Path) -> Audit:
    """Ask pip-audit about a lock; strict, so that a package it skips is a failure."""
    command = [sys.executable, "-m", "pip_audit", "--strict", "--disable-pip", "--require-hashes"]
    done = subprocess.run(
        [*command, "--progress-spinner", "off", "--format", "json", "-r", str(lock)],
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_S,
    )
    count = len(list(pinned(lock.read_text(encoding="utf-8"))))
    return judged(lock.parent.name + "/" + lock.name, count, done.stdout, done.stderr)


def judged(lock: str, count: int, out: str, err: str) -> Audit:
    """Read pip-audit's answer; one that is no report audited nothing."""
    try:
        told = json.loads(out)["dependencies"]
    except (ValueError, KeyError):
        last = (err.strip().splitlines() or ["no answer"])[-1]
        return Audit(lock, count, 0, (), last[:160])
    looked_up = [one for one in told if "skip_reason" not in one]
    found = tuple(
        f"{one['name']} {one['version']}: {bad['id']}" for one in looked_up for bad in one["vulns"]
    )
    return Audit(lock, count, len(looked_up), found)


def claims(audits: list[Audit]) -> Iterator[Claim]:
    """What the audits of all locks come to."""
    count, looked_up = sum(a.pinned for a in audits), sum(a.audited for a in audits)
    complete = 0 < count == looked_up
    found = [one for a in audits for one in a.advisories]
    yield Claim("every pinned package was looked up", f"{looked_up} of {count}", complete)
    told = f"{len(found)}: {', '.join(found[:5])}" if found else "0"
    yield Claim(
        "no package has a known advisory",
        told if complete or found else "not audited",
        complete and not found,
    )


def prove(run: Run) -> Proof:
    """Audit the locks, and check the bill of materials and the licences of what is deployed."""
    audits = []
    for lock in locks():
        run.tell(f"asking about {lock.relative_to(ROOT)}")
        audits.append(audit(lock))
    deployed = packages()
    licensed = [one for one in deployed if licence(one.name)]
    made = BOM.read_text(encoding="utf-8") == document()
    shown = (
        Claim(
            "every package is pinned to hashes", f"{sum(a.pinned for a in audits)}", bool(audits)
        ),
        Claim("docs/sbom.json lists what the layers pin", f"{len(deployed)} components", made),
        Claim(
            "each of them declares its licence",
            f"{len(licensed)} of {len(deployed)}",
            len(licensed) == len(deployed),
        ),
        *claims(audits),
    )
    failures = [f"- {a.lock}: {a.failure}" for a in audits if a.failure]
    notes = "What pip-audit could not look up:\n\n" + "\n".join(failures) if failures else ""
    return Proof(shown, notes)
