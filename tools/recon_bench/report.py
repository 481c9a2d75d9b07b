"""What was measured, beside the bare join and the bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from countinghouse.domain.reconciliation import WINDOW_DAYS
from countinghouse.ports.lakehouse import LakeQuery
from countinghouse_aws.lakehouse.queries import HISTORY_DAYS, query_text
from tools.recon_bench.child import BARE, WINDOW
from tools.recon_bench.measuring import Measured
from tools.recon_bench.scans import PRICE_PER_TERABYTE, bytes_scanned

SECONDS_MAX = 60
PEAK_MAX = 2 * 1024**3
RATIO_MAX = 3
MILLION = 1_000_000
"""The bounds of matching and judging a million orders against a million lines.

A ratio says nothing of fewer: then both are mostly the engine's start.
"""

TERABYTE = 10**12
RUN_DAYS = WINDOW_DAYS + HISTORY_DAYS
"""Days that a query of a run reads."""


@dataclass(frozen=True, slots=True)
class Result:
    """One run. `scanned` are bytes by query; `planted` faults by kind."""

    orders: int
    planted: Counter[str]
    measured: Mapping[str, Measured]
    scanned: Mapping[str, int]

    @property
    def expected(self) -> int:
        """Differences that the faults make: a copy of a line is none."""
        return self.planted.total() - self.planted["copy"]

    def ratio(self, task: str) -> float:
        """A task's seconds in those of the bare join."""
        return self.measured[task].seconds / self.measured[BARE].seconds

    def dollars(self, task: str) -> float:
        """What a million orders cost on Athena."""
        share = self.scanned[task] * MILLION / max(self.orders, 1)
        return share * PRICE_PER_TERABYTE / TERABYTE

    @property
    def run_dollars(self) -> float:
        """What a run's two queries cost at a million orders a day."""
        return RUN_DAYS * (self.dollars(LakeQuery.MATCH) + self.dollars(LakeQuery.RESIDUALS))


def costs(folder: Path) -> dict[str, int]:
    """Bytes that each query scans."""
    return {str(query): bytes_scanned(query_text(query, WINDOW), folder) for query in LakeQuery}


def faults(result: Result) -> list[str]:
    """What must not stay as it is, a line each."""
    match = result.measured[LakeQuery.MATCH]
    found = []
    if match.rows != result.expected:
        found.append(f"{result.expected} faults were planted, {match.rows} differences found")
    if match.seconds > SECONDS_MAX:
        found.append(f"the match took {match.seconds:.1f} s, over {SECONDS_MAX}")
    if match.peak > PEAK_MAX:
        found.append(f"the match took {match.peak / 1024**2:.0f} MiB, over {PEAK_MAX // 1024**2}")
    if result.orders >= MILLION and result.ratio(LakeQuery.MATCH) > RATIO_MAX:
        found.append(
            f"the match took {result.ratio(LakeQuery.MATCH):.2f} of the bare join, over {RATIO_MAX}"
        )
    return found


def as_json(result: Result) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "orders": result.orders,
        "planted": dict(result.planted),
        "expected": result.expected,
        "dollars_per_run": result.run_dollars,
        "tasks": {
            task: {
                **asdict(measured),
                "ratio": result.ratio(task),
                "bytes_scanned": result.scanned.get(task),
                "dollars_per_million": None if task == BARE else result.dollars(task),
            }
            for task, measured in result.measured.items()
        },
    }


def show(result: Result) -> None:
    """Print the table."""
    console = Console()
    table = Table(title="a day's match", title_justify="left", box=None, pad_edge=False)
    table.add_column("task")
    columns = ("s", "cpu s", "ratio", "rows/s", "MiB", "found", "MB read", "$/million")
    for name in columns:
        table.add_column(name, justify="right")
    for task, measured in result.measured.items():
        name = "match, judge" if task == LakeQuery.MATCH else task
        table.add_row(
            f"{name} join" if task == BARE else name,
            f"{measured.seconds:.2f}",
            f"{measured.processor:.2f}",
            f"{result.ratio(task):.2f}",
            f"{2 * result.orders / measured.seconds:,.0f}",
            f"{measured.peak / 1024**2:.0f}",
            str(measured.rows),
            "" if task == BARE else f"{result.scanned[task] / 10**6:.0f}",
            "" if task == BARE else f"{result.dollars(task):.4f}",
        )
    console.print(table)
    console.print(
        f"{result.orders:,} orders against as many lines, {result.planted.total()} wrong; two "
        f"threads, medians.\nBounds of the match: {SECONDS_MAX} s, "
        f"{PEAK_MAX // 1024**2} MiB, {RATIO_MAX} times the bare join of the same files.\n"
        f"Scanned is at most what Athena bills, ${PRICE_PER_TERABYTE} a terabyte. A run reads "
        f"{RUN_DAYS} such days, twice: ${result.run_dollars:.2f} at a million orders a day.",
        highlight=False,
    )
