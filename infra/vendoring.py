"""Cuts the vendor layer down to what runs: fewer files, so faster deploys and cold starts."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Final

# botocore carries models of 440 services; looking through their folders costs every cold start.
SERVICES: Final = frozenset({"dynamodb", "events", "secretsmanager", "sqs", "sts"})
SUPERFLUOUS: Final = ("bin", ".lock", "boto3/examples")
LEFTOVERS: Final = ("__pycache__", "tests", "examples-1.json")
# Raised when what is cut changes, so that layers built before it are built again.
RULES: Final = 1


def fingerprint(lock: Path, target: str, version: tuple[int, int] | None) -> str:
    """Return what a vendor layer depends on, as one hash."""
    digest = hashlib.sha256(lock.read_bytes())
    digest.update(repr((target, version, RULES, sorted(SERVICES))).encode())
    return digest.hexdigest()


def strip(site: Path) -> None:
    """Remove from an installed tree what no function imports or reads."""
    for name in SUPERFLUOUS:
        _remove(site / name)
    for pattern in LEFTOVERS:
        for found in sorted(site.rglob(pattern)):
            _remove(found)
    # Some packages look their version up at import; RECORD would differ between machines.
    for entry in sorted(site.glob("*.dist-info/*")):
        if entry.name != "METADATA":
            _remove(entry)
    # Only folders: the JSON files beside them (endpoints, retries) serve every client.
    for service in sorted(site.glob("boto*/data/*/")):
        if service.is_dir() and service.name not in SERVICES:
            _remove(service)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
