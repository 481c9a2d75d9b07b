"""What the reconciliation service's edge is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from countinghouse.break_bookkeeping import BreakBooks
from countinghouse.domain.break_rules import ReconciliationRules
from countinghouse.domain.reconciliation import Run
from countinghouse.records import dataclass
from countinghouse.usecases.start_reconciliation import Starting
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.reconciliation_assembly import ReconciliationAssembly


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function; `report` gives a run's report in a format, if there is one."""

    starting: Starting
    books: BreakBooks
    rules: ReconciliationRules
    report: Callable[[Run, str], bytes | None]
    grants: Grants


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = ReconciliationAssembly()
    return Deps(
        starting=Starting(
            parts.runs, parts.reconciliation_workflow, parts.clock, parts.psp_names, parts.ahead
        ),
        books=parts.break_books,
        rules=parts.reconciliation_rules,
        report=parts.report,
        grants=parts.environment.grants(),
    )
