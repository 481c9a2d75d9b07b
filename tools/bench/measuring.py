"""Cold starts, each in a process of its own, all in turn so that the machine's moods hit all."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tools.bench.assets import PYTHON, python_path
from tools.bench.surroundings import secrets_manager, variables
from tools.local.failure import LocalFailure

BARE = "bare"
STOCK = "stock"
LAYER = "layer"

FORBIDDEN = (
    "Adyen",
    "aws_xray_sdk",
    "awscrt",
    "duckdb",
    "reportlab",
    "requests",
    "segno",
    "stripe",
)
"""What no function may load as it starts. `boto3.resources` comes with boto3 itself."""

_CLIENT = "import boto3; boto3.client('dynamodb')"
_HANDLER = """\
import functions.{name}.handler
from functions.{name} import wiring
wiring.deps()"""
_PROBE = """\
import time
at = time.process_time_ns()
{code}
spent = time.process_time_ns() - at
import json, sys
found = [name for name in {forbidden!r} if name in sys.modules]
print(json.dumps({{"spent": spent, "modules": len(sys.modules), "forbidden": found}}))
"""
_VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")


@dataclass(frozen=True, slots=True)
class Start:
    """One cold start. `cost` in milliseconds of processor time, or in million instructions."""

    cost: float
    modules: int
    forbidden: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """The median starts by function, and of the two baselines."""

    unit: str
    rounds: int
    stock: Start
    layer: Start
    functions: dict[str, Start]


def measure(
    out: Path, stock: Path, functions: Sequence[str], rounds: int, *, instructions: bool
) -> Measured:
    """The median cost of every start, baselines and functions in turn.

    Raises LocalFailure when one does not start, or when valgrind is wanted and not there.
    """
    if instructions and shutil.which("valgrind") is None:
        raise LocalFailure("no valgrind: apt-get install valgrind, or leave out --instructions")
    todo: dict[str, tuple[str, list[Path]]] = {
        STOCK: (_CLIENT, [stock]),
        LAYER: (_CLIENT, [out / "layer-vendor" / "python"]),
    }
    todo |= {name: (_HANDLER.format(name=name), python_path(out, name)) for name in functions}
    if instructions:
        # Counts hardly vary; the interpreter's own start is in each and taken off again.
        rounds = 1
        todo[BARE] = ("pass", [out])
    starts: dict[str, list[Start]] = {name: [] for name in todo}
    with secrets_manager() as endpoint_url:
        for _ in range(rounds):
            for name, (code, path) in todo.items():
                environment = variables(endpoint_url, path)
                starts[name].append(_start(name, code, environment, instructions=instructions))
    medians = {name: _median(several) for name, several in starts.items()}
    bare = medians.pop(BARE).cost if instructions else 0.0
    costs = {n: Start(s.cost - bare, s.modules, s.forbidden) for n, s in medians.items()}
    unit = "Mi" if instructions else "ms"
    return Measured(unit, rounds, costs.pop(STOCK), costs.pop(LAYER), costs)


def _median(several: Sequence[Start]) -> Start:
    last = several[-1]
    return Start(median(start.cost for start in several), last.modules, last.forbidden)


def _start(name: str, code: str, environment: dict[str, str], *, instructions: bool) -> Start:
    # -P and -S: neither this folder nor site-packages, nothing but the assets.
    command: list[str | Path] = [
        *(_VALGRIND if instructions else ()),
        *(PYTHON, "-P", "-S", "-c", _PROBE.format(code=code, forbidden=FORBIDDEN)),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or ["nothing"]
        raise LocalFailure(f"{name} does not start: {said[0]}")
    answer = json.loads(done.stdout.splitlines()[-1])
    cost = counted(done.stderr) if instructions else answer["spent"] / 1e6
    return Start(cost, answer["modules"], tuple(answer["forbidden"]))


def counted(said: str) -> float:
    """The million instructions in what valgrind said. Raises LocalFailure."""
    found = _COUNTED.search(said)
    if found is None:
        raise LocalFailure("valgrind counted nothing")
    return int(found[1].replace(",", "")) / 1e6
