"""Cold starts, each in a process of its own, all in turn so that the machine's moods hit all."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from tools.bench.assets import PYTHON, python_path
from tools.bench.surroundings import secrets_manager, variables
from tools.local.failure import LocalFailure

BARE = "bare"
STOCK = "stock"
LAYER = "layer"
COUNTERS = 2
"""Processes that are counted at once: counts do not vary by what runs beside them."""

FORBIDDEN = (
    "Adyen",
    "aws_xray_sdk",
    "awscrt",
    "boto3",
    "duckdb",
    "reportlab",
    "requests",
    "s3transfer",
    "segno",
    "stripe",
)
"""What no function may load as it starts."""
S3_CLIENT = ("boto3", "s3transfer")
"""What comes with a client of S3, whose managed uploads are boto3's."""

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
_GONE = """\
{code}
import os
os._exit(0)"""
"""Without taking everything down, which a function's process never does."""
_VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")
Todo = Mapping[str, tuple[str, list[Path]]]


@dataclass(frozen=True, slots=True)
class Start:
    """One cold start: milliseconds of processor time, and million instructions where counted."""

    ms: float
    modules: int
    forbidden: tuple[str, ...]
    mi: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The median starts by function, and of the two baselines: boto3 with one client, as pip
    installs it and as our layer ships it."""

    rounds: int
    stock: Start
    layer: Start
    functions: dict[str, Start]


def measure(
    out: Path, stock: Path, functions: Sequence[str], rounds: int, *, instructions: bool
) -> Measured:
    """The median cost of every start, baselines and functions in turn.

    Raises LocalFailure when one does not start.
    """
    todo: dict[str, tuple[str, list[Path]]] = {
        STOCK: (_CLIENT, [stock]),
        LAYER: (_CLIENT, [out / "layer-vendor" / "python"]),
    }
    todo |= {name: (_HANDLER.format(name=name), python_path(out, name)) for name in functions}
    starts: dict[str, list[Start]] = {name: [] for name in todo}
    with secrets_manager() as endpoint_url:
        for _ in range(rounds):
            for name in todo:
                done = _run(endpoint_url, todo, name)
                starts[name].append(_start(done.stdout))
        counts = _counts(endpoint_url, todo, out) if instructions else {}
    found = {name: _median(several, counts.get(name)) for name, several in starts.items()}
    return Measured(rounds, found.pop(STOCK), found.pop(LAYER), found)


def _median(several: Sequence[Start], mi: float | None) -> Start:
    last = several[-1]
    return Start(median(start.ms for start in several), last.modules, last.forbidden, mi)


def _start(told: str) -> Start:
    answer = json.loads(told.splitlines()[-1])
    return Start(answer["spent"] / 1e6, answer["modules"], tuple(answer["forbidden"]))


def _counts(endpoint_url: str, todo: Todo, out: Path) -> dict[str, float]:
    """Million instructions of each, without the interpreter's own start."""
    every: Todo = {**todo, BARE: ("pass", [out])}
    with ThreadPoolExecutor(COUNTERS) as pool:
        done = pool.map(partial(_run, endpoint_url, every, is_counted=True), every)
        said = {name: counted(one.stderr) for name, one in zip(every, done, strict=True)}
    bare = said.pop(BARE)
    return {name: mi - bare for name, mi in said.items()}


def _run(
    endpoint_url: str, todo: Todo, name: str, *, is_counted: bool = False
) -> subprocess.CompletedProcess[str]:
    code, path = todo[name]
    # -P and -S: neither this folder nor site-packages, nothing but the assets.
    bare = _GONE.format(code=code)
    command: list[str | Path] = [*_VALGRIND, PYTHON, "-P", "-S", "-c", bare]
    if not is_counted:
        # What tells the rest would be counted as well.
        probe = _PROBE.format(code=code, forbidden=FORBIDDEN)
        command = [PYTHON, "-P", "-S", "-c", probe]
    around = variables(endpoint_url, path)
    done = subprocess.run(command, env=around, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or ["nothing"]
        raise LocalFailure(f"{name} does not start: {said[0]}")
    return done


def counted(said: str) -> float:
    """The million instructions in what valgrind said. Raises LocalFailure."""
    found = _COUNTED.search(said)
    if found is None:
        raise LocalFailure("valgrind counted nothing")
    return int(found[1].replace(",", "")) / 1e6
