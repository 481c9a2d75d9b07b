"""One run: the build's functions are started, the journeys' invocations repeated."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.bench import assets, measuring, warm, works
from tools.bench.recording import record
from tools.bench.results import Result, result
from tools.local.failure import LocalFailure


def run(out: Path, only: Sequence[str], rounds: int, *, instructions: bool) -> Result:
    """What these functions of a build cost, or all. Raises LocalFailure."""
    names = [name for name in assets.function_names(out) if assets.is_wired(out, name)]
    if unknown := set(only) - set(names):
        raise LocalFailure(f"no such function: {', '.join(sorted(unknown))}")
    chosen = [name for name in names if not only or name in only]
    stock = assets.stock_boto3(out)
    recorded = record(works.JOURNEYS)
    found = [one for one in works.found(recorded) if one.work.function in chosen]
    measured = measuring.measure(out, stock, chosen, rounds, instructions=instructions)
    around = next(iter(recorded.values())).environment
    costs = warm.measure(out, stock, found, around, instructions=instructions)
    return result(_version(), measured, found, costs, assets.examine(out))


def _version() -> str:
    ask = "import platform; print(platform.python_version())"
    command: list[str | Path] = [assets.PYTHON, "-c", ask]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()
