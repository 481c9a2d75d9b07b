"""Run a report: ask, wait a while, and hand out either the table or the query to come back with."""

from __future__ import annotations

from countinghouse.domain.analytics import Question, ReportState, Table
from countinghouse.domain.errors import NotFound, Rejected, Unavailable
from countinghouse.domain.instants import SECOND
from countinghouse.ports.analytics import Pause, ReportDesk
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass

PATIENCE = 12 * SECOND
"""How long a caller waits for one answer: well below what the API allows."""

_FIRST_PAUSE = 250
_LONGEST_PAUSE = 2 * SECOND


@dataclass(frozen=True, slots=True)
class Reported:
    """The table; or, while it is None, the query under which it will be there."""

    query_id: str
    table: Table | None


def run_report(
    question: Question,
    query_id: str | None,
    desk: ReportDesk,
    clock: Clock,
    pause: Pause,
) -> Reported:
    """The report, or the query that is still at work on it.

    `query_id` goes on with a query of the same question. Raises NotFound when there is none of
    that id, Rejected with `report_too_large` when it would read too much, Unavailable when it
    failed.
    """
    until = clock.now() + PATIENCE
    found = desk.ask(question) if query_id is None else query_id
    wait = _FIRST_PAUSE
    while not _is_done(desk.state(found, question)):
        if clock.now() + wait > until:
            return Reported(found, None)
        pause(wait)
        wait = min(2 * wait, _LONGEST_PAUSE)
    return Reported(found, desk.table(found, question))


def _is_done(state: ReportState | None) -> bool:
    match state:
        case None:
            raise NotFound("there is no such query of this report")
        case ReportState.TOO_LARGE:
            raise Rejected("this reads too much: ask for fewer days", code="report_too_large")
        case ReportState.FAILED:
            raise Unavailable("the query failed")
        case _:
            return state is ReportState.DONE
