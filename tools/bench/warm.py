"""Measures works: each function's in a process of its own, the same calls bare in another."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tools.bench.assets import LAYERS, PYTHON, python_path
from tools.bench.canned import served
from tools.bench.surroundings import variables
from tools.bench.works import Found
from tools.local.failure import LocalFailure
from tools.local.places import ROOT

CHILD = ROOT / "tools" / "bench" / "child.py"
SHIM = ROOT / "tools" / "bench" / "shim.c"
COUNTED = 5
"""Repetitions under callgrind: its counts hardly vary."""
TIMED = 25
"""Repetitions whose median processor time is told."""
_DUMPED = re.compile(r"^desc: Trigger: Client Request: (\S+)$.*^totals: (\d+)$", re.M | re.S)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one repetition takes: thousand instructions, where they could be counted, and
    microseconds of processor time."""

    ki: float | None
    us: float


def can_count() -> bool:
    """Whether instructions can be counted here: valgrind with its headers, and a C compiler."""
    return shutil.which("valgrind") is not None and shutil.which("cc") is not None


def measure(
    out: Path,
    stock: Path,
    works: Sequence[Found],
    environment: Mapping[str, str],
    *,
    instructions: bool,
) -> dict[str, Cost]:
    """The cost of each work by `<name>.<kind>`: its own, and of its calls `bare` and `tuned`.

    Raises LocalFailure when one does not run, RuntimeError when it asks what was not recorded.
    """
    answers = {one.work.name: list(one.invocation.exchanges) for one in works}
    journeys = {one.work.name: list(one.journey) for one in works}
    ki: dict[str, float] = {}
    us: dict[str, float] = {}
    with served(answers, journeys) as endpoint, TemporaryDirectory() as name:
        folder = Path(name)
        shim = _shim(folder) if instructions else None
        for path, is_ours, specs in _processes(out, stock, works):
            around = _environment(environment, endpoint, path)
            spec = {"endpoint": endpoint, "is_ours": is_ours, "works": specs}
            us |= _run(folder, spec | {"shim": None, "repeat": TIMED}, around)
            if shim:
                counting = spec | {"shim": str(shim), "repeat": COUNTED}
                _run(folder, counting, around, (*_CALLGRIND, f"{folder}/counted"))
                ki |= _counts(folder)
    return {name: Cost(ki.get(name), each) for name, each in us.items()}


def _processes(
    out: Path, stock: Path, works: Sequence[Found]
) -> Iterable[tuple[list[Path], bool, list[dict[str, Any]]]]:
    """Where each process looks for its code, whether that is ours, and what it does."""
    by_function = sorted(works, key=lambda one: one.work.function)
    for function, its in groupby(by_function, key=lambda one: one.work.function):
        yield python_path(out, function), True, [one.spec(one.work.kind) for one in its]
    calling = [one for one in works if one.calls]
    layers = [out / layer / "python" for layer in LAYERS]
    yield layers, True, [one.spec("tuned") for one in calling]
    yield [stock], False, [one.spec("bare") for one in calling]


def _environment(environment: Mapping[str, str], endpoint: str, path: list[Path]) -> dict[str, str]:
    psps = {name: each | {"url": endpoint} for name, each in _psps(environment).items()}
    return (
        variables(endpoint, path)
        | {name: value for name, value in environment.items() if not name.startswith("AWS_")}
        | {
            "POWERTOOLS_LOG_LEVEL": "INFO",
            "PSPS": json.dumps(psps),
            "PYTHONPATH": ":".join(map(str, path)),
        }
    )


def _psps(environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(environment["PSPS"])
    return found


_CALLGRIND = (
    *("valgrind", "--tool=callgrind", "--instr-atstart=no", "-q"),
    "--callgrind-out-file",
)


def _shim(folder: Path) -> Path:
    made = folder / "shim.so"
    command = ("cc", "-shared", "-fPIC", "-O1", "-o", made, SHIM)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalFailure(f"{SHIM.name} does not compile: {done.stderr.strip()[:200]}")
    return made


def _run(
    folder: Path,
    spec: dict[str, Any],
    environment: dict[str, str],
    under: Sequence[str] = (),
) -> dict[str, float]:
    told = folder / "spec.json"
    told.write_text(json.dumps(spec), encoding="utf-8")
    prefix = [*under[:-2], "=".join(under[-2:])] if under else []
    # -P and -S: neither this folder nor site-packages, nothing but the assets.
    command: list[str | Path] = [*prefix, PYTHON, "-P", "-S", CHILD, told]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        names = ", ".join(work["name"] for work in spec["works"])
        said = done.stderr.strip().splitlines()[-1:] or ["nothing"]
        raise LocalFailure(f"{names}: {said[0]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _counts(folder: Path) -> dict[str, float]:
    """Thousand instructions of one repetition by work, from what callgrind wrote; removes that."""
    found = {}
    for dump in sorted(folder.glob("counted*")):
        told = _DUMPED.search(dump.read_text(encoding="utf-8"))
        dump.unlink()
        if told:
            found[told[1]] = int(told[2]) / COUNTED / 1_000
    return found
