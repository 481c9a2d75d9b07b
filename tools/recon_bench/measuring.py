"""Runs every task in a fresh process, turn about, so that a busy machine is as busy for each."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from countinghouse.ports.lakehouse import LakeQuery
from tools.local.failure import LocalFailure
from tools.local.places import ROOT
from tools.recon_bench.child import BARE

TASKS = (BARE, *map(str, LakeQuery))


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians of one task; `peak` is the largest resident set, bytes."""

    seconds: float
    processor: float
    peak: int
    rows: int


def measure(folder: Path, rounds: int) -> dict[str, Measured]:
    """Each task so many times. Raises LocalFailure when one fails."""
    told: dict[str, list[Measured]] = {task: [] for task in TASKS}
    for _ in range(rounds):
        for task in TASKS:
            told[task].append(_once(task, folder))
    return {
        task: Measured(
            seconds=median(one.seconds for one in turns),
            processor=median(one.processor for one in turns),
            peak=max(one.peak for one in turns),
            rows=turns[-1].rows,
        )
        for task, turns in told.items()
    }


def _once(task: str, folder: Path) -> Measured:
    command = [sys.executable, "-m", "tools.recon_bench.child", task, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalFailure(f"{task} failed:\n{done.stderr}")
    return Measured(**json.loads(done.stdout))
