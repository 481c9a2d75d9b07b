"""The version of a function's code, which its journals name (decision 23).

`python -m infra.code_version [--local | --lambda]` lists the versions of what is built, so that a
journal's is found again by building an earlier commit.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
LENGTH: Final = 8
_OURS: Final = ("layer-core", "layer-adapters")


def of_function(assets: Path, name: str) -> str:
    """Return the version of the function as it was built: its own folder and our two layers.

    Packages of others stand in the lock files, and would make each platform's version another.
    """
    return of_folders(*(assets / part for part in (*_OURS, f"fn-{name}")))


def of_folders(*folders: Path) -> str:
    """Return eight hexadecimal digits that follow from the sources in the folders alone.

    Byte code is left out: it is another for each interpreter that built it.

    Raises:
        FileNotFoundError: when a folder holds nothing.
    """
    digest = hashlib.sha256()
    for folder in folders:
        files = sorted(_sources(folder))
        if not files:
            raise FileNotFoundError(f"{folder} holds no code")
        for file in files:
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{file.relative_to(folder).as_posix()}\0{content}\0".encode())
    return digest.hexdigest()[:LENGTH]


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            yield path


def main(arguments: list[str] | None = None) -> int:
    """Print each built function's version; the exit code is 1 when nothing is built."""
    parser = argparse.ArgumentParser(prog="python -m infra.code_version", description=main.__doc__)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--local", dest="target", action="store_const", const="local")
    group.add_argument("--lambda", dest="target", action="store_const", const="lambda")
    target = parser.parse_args(arguments).target or "local"
    assets = ROOT / ".build" / target
    names = sorted(folder.name.removeprefix("fn-") for folder in assets.glob("fn-*"))
    for name in names:
        sys.stdout.write(f"{of_function(assets, name)} {name}\n")
    if not names:
        sys.stderr.write(f"countinghouse: nothing is built: python -m infra.assets --{target}\n")
    return 0 if names else 1


if __name__ == "__main__":
    sys.exit(main())
