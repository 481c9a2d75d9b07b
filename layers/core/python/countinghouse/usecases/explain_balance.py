"""Hold what stands on a PSP's account against what explains it, and keep both for the report.

What stood there before the days that a run looks at does not change any more, so it is carried from
run to run and not summed again over all days there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, field

from countinghouse.domain.reconciliation import Run, shifted
from countinghouse.ports.breaks import BreakBook
from countinghouse.ports.lakehouse import Fact, LakeQueries, Residual
from countinghouse.ports.reconciliation import RunPapers
from countinghouse.records import dataclass

NAME = "residuals.json"
CARRIED = "carried.json"
JSON = "application/json"
STILL_DAYS = 60
"""Days after which nothing is put on a day any more. Journals reach the lake within minutes; what
an outage of the streams left out is put there by hand (`countinghouse lake-refill`), within weeks.
"""


@dataclass(frozen=True, slots=True)
class Carried:
    """What stood on the account before the day `until`, minor units by currency."""

    until: str = ""
    amounts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explained:
    """What no movement, break or batch accounts for, by currency; empty when all is."""

    unexplained: dict[str, int]


def go_on_from(run: Run, papers: RunPapers, shared: RunPapers) -> Carried:
    """What this run's balance goes on from, as the PSP's runs before it left it.

    On the first day of a month that is nothing: all days are summed again, so that what was carried
    is held against them. Raises Unavailable.
    """
    carried = Carried() if run.day.endswith("-01") else _carried(shared)
    # As this query has it, whatever another day's run leaves meanwhile.
    _keep(carried, papers)
    return carried


def explain_balance(
    run: Run,
    query_id: str,
    queries: LakeQueries,
    breaks: BreakBook,
    papers: RunPapers,
    shared: RunPapers,
) -> Explained:
    """What is not explained. The lake is minutes behind: what is not may be, a little later.

    The query is the newest that `go_on_from` was asked for. Raises Unavailable, Invalid for a query
    that failed.
    """
    carried = _carried(papers)
    rows = [*_told(carried), *queries.residuals(query_id)]
    papers.write(NAME, json.dumps([asdict(row) for row in rows]).encode(), JSON)
    unexplained = _unexplained(run, rows, breaks)
    still = shifted(run.day, -STILL_DAYS)
    if not unexplained and still > carried.until:
        _keep(_further(rows, still), shared)
    elif unexplained and not carried.until:
        # All days say otherwise: who went on from what is carried would call it explained.
        _keep(Carried(), shared)
    return Explained(unexplained)


def _carried(papers: RunPapers) -> Carried:
    content = papers.read(CARRIED)
    return Carried(**json.loads(content)) if content else Carried()


def _keep(carried: Carried, papers: RunPapers) -> None:
    papers.write(CARRIED, json.dumps(asdict(carried)).encode(), JSON)


def _told(carried: Carried) -> list[Residual]:
    """Its amounts as rows, of the day before it ends."""
    amounts = carried.amounts.items()
    day = shifted(carried.until, -1) if carried.until else ""
    return [Residual(Fact.BALANCE, currency, day, "", 0, minor) for currency, minor in amounts]


def _further(rows: Iterable[Residual], until: str) -> Carried:
    """The same of all rows before that day."""
    amounts: dict[str, int] = {}
    for row in rows:
        if row.fact is Fact.BALANCE and row.day < until:
            amounts[row.currency] = amounts.get(row.currency, 0) + row.amount
    return Carried(until, amounts)


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
