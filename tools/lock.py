"""Resolve `requirements/*.in` and the layers anew: `make lock`.

The locks hold versions and hashes for every platform and no address of any registry, so that they
work wherever the packages come from.
"""

import re
import subprocess
import sys

import typer

from tools.local.failure import LocalFailure
from tools.local.places import ROOT

_LOCKS = {
    # Bottom up: the developer's set is constrained by the layers'.
    "layers/vendor/requirements.in": "layers/vendor/requirements.txt",
    "layers/pdf/requirements.in": "layers/pdf/requirements.txt",
    "layers/psp/requirements.in": "layers/psp/requirements.txt",
    "layers/qr/requirements.in": "layers/qr/requirements.txt",
    "requirements/engine.in": "requirements/engine.lock",
    "requirements/dev.in": "requirements/dev.lock",
    "requirements/bootstrap.in": "requirements/bootstrap.txt",
}
_FLAGS = (
    "--quiet",
    "--universal",
    "--generate-hashes",
    *("--python-version", "3.11"),
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
)
_ADDRESS = re.compile(r"(?i)https?:|file:|^\s*--(index|extra|find)|^/", re.MULTILINE)


def lock(upgrade: bool = typer.Option(False, help="Take newer versions where allowed.")) -> None:
    """Write every lock file; refuse one that names an address or a local path."""
    for source, target in _LOCKS.items():
        command = [sys.executable, "-m", "uv", "pip", "compile", *_FLAGS, source, "-o", target]
        subprocess.run([*command, *(["--upgrade"] if upgrade else [])], cwd=ROOT, check=True)
        if found := _ADDRESS.search((ROOT / target).read_text(encoding="utf-8")):
            raise LocalFailure(f"{target} names an address: {found.group()}")
        typer.echo(f"wrote {target}")


if __name__ == "__main__":
    typer.run(lock)
