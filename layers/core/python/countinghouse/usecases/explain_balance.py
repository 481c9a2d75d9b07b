"""Hold what stands on a PSP's account against what explains it, and keep both for the report."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from countinghouse.domain.reconciliation import Run
from countinghouse.ports.breaks import BreakBook
from countinghouse.ports.lakehouse import Fact, LakeQueries, Residual
from countinghouse.ports.reconciliation import RunPapers
from countinghouse.records import dataclass

NAME = "residuals.json"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Explained:
    """What no movement, break or batch accounts for, by currency; empty when all is."""

    unexplained: dict[str, int]


def explain_balance(
    run: Run, query_id: str, queries: LakeQueries, breaks: BreakBook, papers: RunPapers
) -> Explained:
    """What is not explained. The lake is minutes behind: what is not may be, a little later.

    Raises Unavailable, Invalid for a query that failed.
    """
    rows = list(queries.residuals(query_id))
    papers.write(NAME, json.dumps([asdict(row) for row in rows]).encode(), JSON)
    return Explained(_unexplained(run, rows, breaks))


def read_residuals(papers: RunPapers) -> list[Residual]:
    """The rows that were kept; none when nothing was. Raises Unavailable."""
    content = papers.read(NAME)
    rows = json.loads(content) if content else []
    return [Residual(**{**row, "fact": Fact(row["fact"])}) for row in rows]


def _unexplained(run: Run, rows: Iterable[Residual], breaks: BreakBook) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in rows:
        if row.fact is Fact.UNMATCHED:
            continue
        sign = 1 if row.fact is Fact.BALANCE else -1
        sums[row.currency] = sums.get(row.currency, 0) + sign * row.amount
    for brk in breaks.open_breaks(run.psp):
        for currency, minor in brk.left:
            sums[currency] = sums.get(currency, 0) - minor
    return {currency: minor for currency, minor in sorted(sums.items()) if minor}
