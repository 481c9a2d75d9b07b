"""The build that is measured: its parts, their sizes, and whether their byte code is valid."""

from __future__ import annotations

import io
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from infra import assets
from infra.catalogue import LAYERS_BEYOND
from tools.local.failure import LocalFailure
from tools.local.places import ROOT

LAYERS = ("layer-core", "layer-adapters", "layer-vendor")
ENGINE = ROOT / ".engine" / "bin" / "python"
PYTHON = ENGINE if ENGINE.exists() else Path(sys.executable)
"""What the local build is compiled for."""

STOCK = ROOT / ".build" / "bench-boto3"
UNCHECKED_HASH = 0b01
"""PEP 552: valid whatever the source's date, which CDK sets to 1980 for every file."""

_NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One asset. `byte_code` counts its compiled files by what validates them."""

    name: str
    files: int
    bytes: int
    zipped_bytes: int
    byte_code: dict[str, int]

    @property
    def is_valid(self) -> bool:
        """Whether no cold start compiles anything of it anew."""
        return set(self.byte_code) <= {"unchecked-hash"}


def built() -> Path:
    """The local build, brought up to date. Raises LocalFailure."""
    try:
        return assets.build(target="local").out
    except assets.BuildError as error:
        raise LocalFailure(str(error)) from error


def function_names(out: Path) -> list[str]:
    """The functions of a build."""
    names = sorted(path.name.removeprefix("fn-") for path in out.glob("fn-*"))
    if not names:
        raise LocalFailure(f"{out} holds no build: run python -m infra.assets --local")
    return names


def is_wired(out: Path, function: str) -> bool:
    """Whether the function builds anything as it starts; one that does not is Python alone."""
    return (out / f"fn-{function}" / "functions" / function / "wiring.py").exists()


def python_path(out: Path, function: str) -> list[Path]:
    """Where Lambda would look: the function, then its layers."""
    own = tuple(f"layer-{part}" for part in LAYERS_BEYOND.get(function, ()))
    return [out / f"fn-{function}", *(out / layer / "python" for layer in (*LAYERS, *own))]


def examine(out: Path) -> list[Part]:
    """Every asset of a build, the functions first."""
    return [
        _part(out / name) for name in (*(f"fn-{name}" for name in function_names(out)), *LAYERS)
    ]


def _part(folder: Path) -> Part:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.relative_to(folder))
    sources = {path for path in files if path.suffix == ".py"}
    compiled = [path for path in files if path.suffix == ".pyc"]
    kinds = Counter(_validated_by(path) for path in compiled)
    if len(compiled) < len(sources):
        kinds["missing"] = len(sources) - len(compiled)
    size = sum(path.stat().st_size for path in files)
    return Part(folder.name, len(files), size, zipped.tell(), dict(kinds))


def _validated_by(compiled: Path) -> str:
    (flags,) = struct.unpack("<I", compiled.read_bytes()[4:8])
    if flags == UNCHECKED_HASH:
        return "unchecked-hash"
    return "checked-hash" if flags else "date"


def stock_boto3(out: Path) -> Path:
    """boto3 with all it needs, as pip installs it, compiled as our layers are.

    Raises LocalFailure when this environment has another version than the build.
    """
    version = metadata.version("boto3")
    shipped = [path.name for path in (out / "layer-vendor" / "python").glob("boto3-*.dist-info")]
    if shipped != [f"boto3-{version}.dist-info"]:
        raise LocalFailure(f"boto3 is {version} here and {shipped} in the layer: run make setup")
    mark = STOCK / f".boto3-{version}"
    if not mark.exists():
        shutil.rmtree(STOCK, ignore_errors=True)
        copy_installed("boto3", STOCK)
        mark.touch()
    return STOCK


def copy_installed(name: str, target: Path) -> None:
    """Copy an installed distribution with all it requires, and compile it as our layers are."""
    for each in sorted(closure(name)):
        for file in metadata.files(each) or ():
            source = Path(str(file.locate()))
            is_outside = file.parts[0] == ".." or "__pycache__" in file.parts
            if is_outside or not source.is_file():
                continue
            copy = target / Path(*file.parts)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
    options = ("-q", "-f", "--invalidation-mode", "unchecked-hash")
    subprocess.run([PYTHON, "-m", "compileall", *options, target], check=True)


def closure(name: str) -> set[str]:
    """A distribution and all it requires, without extras."""
    found = {name}
    for requirement in metadata.requires(name) or ():
        wanted = _NAME.match(requirement)
        if wanted and "extra ==" not in requirement:
            found |= closure(wanted[0])
    return found
