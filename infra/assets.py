"""Builds the code CDK uploads: `python -m infra.assets [--local | --lambda]` fills `.build/`.

Same sources, same bytes: CDK names an asset by its content, so an unchanged function is not
deployed again. Byte code is compiled unchecked-hash, because CDK dates every zipped file 1980 and
Python throws away byte code that disagrees with its source's date: each cold start would compile
everything anew.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from infra import vendoring

Target = Literal["local", "lambda"]

ROOT: Final = Path(__file__).resolve().parent.parent
LAMBDA_PYTHON: Final = (3, 13)
UNWANTED: Final = shutil.ignore_patterns("__pycache__", "*.pyc", ".DS_Store", "*.md")
# In the layer it would be imported by botocore at every cold start; nothing here signs with it.
FORBIDDEN: Final = ("awscrt", "aws_xray_sdk")
# Layers of third-party packages, each with a lock of its own.
VENDORED: Final = ("vendor", "pdf", "psp", "qr")
SECTIONS: Final = {"core": "countinghouse", "adapters": "countinghouse_aws"}


class BuildError(Exception):
    """What is wrong and what to do about it, in one line."""


@dataclass(frozen=True)
class Plan:
    """One build: from where, to where, for which interpreter."""

    root: Path
    out: Path
    target: Target
    # None: no interpreter of the target's version is here, so sources go without byte code.
    python: Path | None


def build(root: Path = ROOT, target: Target = "local", out: Path | None = None) -> Plan:
    """Build everything for the target and return what was done.

    Raises:
        BuildError: when a source folder, the lock or an installer is missing.
    """
    plan = Plan(root, out or root / ".build" / target, target, _interpreter(root, target))
    plan.out.mkdir(parents=True, exist_ok=True)
    for part in VENDORED:
        _vendor_layer(plan, part)
    for section, package in SECTIONS.items():
        source = root / "layers" / section / "python" / package
        _copy(plan, source, plan.out / f"layer-{section}" / "python" / package)
    names = sorted(path.parent.name for path in (root / "functions").glob("*/handler.py"))
    if not names:
        raise BuildError("functions/ holds no <name>/handler.py")
    for name in names:
        home = plan.out / f"fn-{name}" / "functions"
        _copy(plan, root / "functions" / name, home / name)
        (home / "__init__.py").write_text("", encoding="utf-8")
    for stale in plan.out.glob("fn-*"):
        if stale.name.removeprefix("fn-") not in names:
            shutil.rmtree(stale)
    vendored = {f"layer-{part}" for part in VENDORED}
    _compile(plan, [path for path in plan.out.iterdir() if path.name not in vendored])
    return plan


def _interpreter(root: Path, target: Target) -> Path | None:
    """Return the interpreter whose byte code the target can run, if it is on this machine."""
    if target == "local":
        # The emulator runs functions with its own interpreter; ours stands in before setup.
        engine = root / ".engine" / "bin" / "python"
        return engine if engine.exists() else Path(sys.executable)
    name = "python{}.{}".format(*LAMBDA_PYTHON)
    for candidate in (sys.executable, shutil.which(name)):
        if candidate and _version(Path(candidate)) == LAMBDA_PYTHON:
            return Path(candidate)
    return None


def _version(python: Path) -> tuple[int, int] | None:
    """Return an interpreter's version, or None when it does not even start."""
    ask = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run(  # noqa: S603 - a program of our own choosing
        [python, "-c", ask], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        return None
    major, minor = done.stdout.split()
    return int(major), int(minor)


def _copy(plan: Plan, source: Path, destination: Path) -> None:
    """Replace the destination with the source's files, without what Python or an editor left."""
    if not source.is_dir():
        raise BuildError(f"{source.relative_to(plan.root)} is missing")
    shutil.rmtree(destination, ignore_errors=True)
    shutil.copytree(source, destination, ignore=UNWANTED)


def _compile(plan: Plan, folders: list[Path]) -> None:
    """Compile the folders so that the byte code is valid whatever date the sources bear.

    `-s` cuts this machine's path out of the byte code, which would otherwise change the hash.
    """
    if plan.python is None:
        return
    options = ("-q", "-f", "-j", "0", "--invalidation-mode", "unchecked-hash", "-s", plan.out)
    _run([plan.python, "-m", "compileall", *options, *sorted(folders)], "compile")


def _vendor_layer(plan: Plan, part: str) -> None:
    """Install the locked third-party packages, unless that very lock is already installed."""
    lock = plan.root / "layers" / part / "requirements.txt"
    if not lock.is_file():
        raise BuildError(f"layers/{part}/requirements.txt is missing: run make lock")
    layer, mark = plan.out / f"layer-{part}", plan.out / f".{part}-mark"
    wanted = vendoring.fingerprint(
        lock, plan.target, _version(plan.python) if plan.python else None
    )
    if layer.is_dir() and mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return
    mark.unlink(missing_ok=True)
    shutil.rmtree(layer, ignore_errors=True)
    site = layer / "python"
    _run([*_installer(plan), "--target", site, "--requirements", lock], "install")
    vendoring.strip(site)
    for name in FORBIDDEN:
        if (site / name).exists():
            raise BuildError(f"{name} is in the {part} layer: remove it from its requirements.in")
    _compile(plan, [layer])
    mark.write_text(wanted, encoding="utf-8")


def _installer(plan: Plan) -> list[str | Path]:
    """Return the command that installs for the target's platform, hashes checked."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise BuildError("no uv: run make setup")
    command: list[str | Path] = [uv, "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
    if plan.target == "local":
        return [*command, "--python", plan.python or sys.executable]
    return [
        *command,
        # Lambda's Python 3.13 stands on Amazon Linux 2023, whose C library is newer than that.
        *("--python-platform", "aarch64-manylinux_2_28"),
        *("--python-version", "{}.{}".format(*LAMBDA_PYTHON)),
        *("--only-binary", ":all:"),
    ]


def _run(command: list[str | Path], what: str) -> None:
    """Run a step quietly, and show what it said when it fails."""
    # A fixed hash seed keeps the order of sets in byte code, and so the asset's hash, the same.
    env = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(  # noqa: S603 - a program of our own choosing
        command, capture_output=True, text=True, check=False, env=env
    )
    if done.returncode != 0:
        raise BuildError(f"could not {what}:\n{done.stdout}{done.stderr}")


def main(arguments: list[str] | None = None) -> int:
    """Build as asked and say what was built; the exit code is 1 when that failed."""
    parser = argparse.ArgumentParser(prog="python -m infra.assets", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--local", dest="target", action="store_const", const="local")
    choice.add_argument("--lambda", dest="target", action="store_const", const="lambda")
    parser.set_defaults(target="local")
    target: Target = parser.parse_args(arguments).target
    started = time.monotonic()
    try:
        plan = build(target=target)
    except BuildError as problem:
        sys.stderr.write(f"countinghouse: {problem}\n")
        return 1
    if plan.python is None:
        wanted = "{}.{}".format(*LAMBDA_PYTHON)
        sys.stderr.write(
            f"countinghouse: no python{wanted} here, so the code goes without byte code: it runs, "
            f"but each cold start compiles it. Build on a machine with {wanted} to deploy.\n"
        )
    seconds = time.monotonic() - started
    sys.stdout.write(f"built {plan.out.relative_to(ROOT)} in {seconds:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
