"""The first step of an execution: it carries the run, or finds that another one does."""

from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import Instant, day_of
from countinghouse.domain.reconciliation import Run, RunStatus, parse_day, parse_psp, shifted
from countinghouse.ports.clock import Clock
from countinghouse.ports.reconciliation import RunBook

RACES_MAX = 8
CLOCK = "schedule"


def begin_run(
    psp: str, day: str | None, execution: str, started_at: Instant, runs: RunBook, clock: Clock
) -> Run | None:
    """The run in this execution's hands; None when another one is at work on it.

    Without a day it is the one before `started_at`. A step that is repeated finds the run as it
    left it. Raises Invalid for a PSP or day that is none, Conflict when others kept beginning.
    """
    parse_psp(psp)
    wanted = parse_day(day) if day else shifted(day_of(started_at), -1)
    for _ in range(RACES_MAX):
        now = clock.now()
        known = runs.get(psp, wanted)
        try:
            if known is None:
                fresh = Run(psp, wanted, RunStatus.RUNNING, execution, CLOCK, now)
                known = runs.add(fresh) or fresh
            if known.execution == execution and known.status is RunStatus.RUNNING:
                return known
            if known.is_carried(now):
                return None
            again = known.restarted(execution, CLOCK, now)
            runs.replace(known, again)
        except Conflict:
            continue
        return again
    raise Conflict("others kept beginning this run")
