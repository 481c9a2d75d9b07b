"""Start a PSP's day on request: record that it runs, then start the execution that carries it."""

from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.reconciliation import (
    Run,
    RunStatus,
    newest_day,
    parse_day,
    parse_psp,
    run_id,
)
from countinghouse.ports.clock import Clock
from countinghouse.ports.reconciliation import ReconciliationWorkflow, RunBook
from countinghouse.records import dataclass

RACES_MAX = 8


@dataclass(frozen=True, slots=True)
class Starting:
    """The ports. `ahead` lets a day that has not come be reconciled, `psps` are those we know."""

    runs: RunBook
    workflow: ReconciliationWorkflow
    clock: Clock
    psps: frozenset[str]
    ahead: bool = False


def start_reconciliation(psp: str, day: str, who: str, ports: Starting) -> Run:
    """The run, under way. While one is, asking again finds it and starts nothing twice.

    Raises Invalid for an unknown PSP or a day that has not come, Conflict when others kept
    starting it, Unavailable when the workflow cannot be started: then it is not, and may be asked
    for again.
    """
    _check(psp, day, ports)
    run = _recorded(psp, day, who, ports)
    ports.workflow.start(run)
    return run


def _check(psp: str, day: str, ports: Starting) -> None:
    if parse_psp(psp) not in ports.psps:
        raise Invalid("there is no such PSP", field="psp")
    if parse_day(day) > newest_day(ports.clock.now(), ahead=ports.ahead):
        raise Invalid("that day has not come", field="date")


def _recorded(psp: str, day: str, who: str, ports: Starting) -> Run:
    for _ in range(RACES_MAX):
        now = ports.clock.now()
        known = ports.runs.get(psp, day)
        try:
            if known is None:
                fresh = Run(psp, day, RunStatus.RUNNING, f"{run_id(psp, day)}-1", who, now)
                known = ports.runs.add(fresh)
                return known or fresh
            if known.is_carried(now):
                return known
            again = known.restarted(f"{known.run_id}-{known.version + 1}", who, now)
            ports.runs.replace(known, again)
        except Conflict:
            continue
        return again
    raise Conflict("others kept starting this run")
