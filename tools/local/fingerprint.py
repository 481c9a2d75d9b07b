"""What the deployment was made of, so that an unchanged one is neither built nor deployed again."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.local.places import ROOT

# Whatever can change a template or an asset. The locks stand for the installed packages.
_SOURCES = (
    "cdk.json",
    "functions",
    "infra",
    "layers",
    "package-lock.json",
    "requirements/dev.lock",
    "requirements/engine.lock",
)


def fingerprint(context: Mapping[str, str], root: Path = ROOT) -> str:
    """A digest of the deployment's sources and of the context they are synthesized with."""
    digest = hashlib.sha256(json.dumps(context, sort_keys=True).encode())
    for file in _files(root):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.relative_to(root).as_posix()}\0{content}\0".encode())
    return digest.hexdigest()


def remembered(record: Path) -> str | None:
    """The fingerprint noted down there, if any."""
    return record.read_text(encoding="utf-8").strip() if record.exists() else None


def remember(record: Path, value: str) -> None:
    """Note it down, once the step it stands for has succeeded."""
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(value + "\n", encoding="utf-8")


def _files(root: Path) -> Iterator[Path]:
    for source in _SOURCES:
        path = root / source
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (file for file in found if file.is_file() and "__pycache__" not in file.parts)
