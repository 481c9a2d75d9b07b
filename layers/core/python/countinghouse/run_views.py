"""How a reconciliation run looks from outside: in an answer, in a published event."""

from countinghouse.domain.instants import rfc3339
from countinghouse.domain.reconciliation import Run, RunStatus

View = dict[str, object]

_ALWAYS_COUNTED = ("matched", "auto_resolved", "open")


def run_view(run: Run) -> View:
    """A run, without its report's address; what is not known yet is left out.

    Counts and totals are those of a completed run; `totals` are minor units by currency and name.
    """
    view: View = {
        "run_id": run.run_id,
        "psp": run.psp,
        "date": run.day,
        "status": str(run.status),
        "started_at": rfc3339(run.started_at),
    }
    if run.finished_at is not None:
        view["finished_at"] = rfc3339(run.finished_at)
    if run.status is RunStatus.COMPLETED:
        view["counts"] = {**dict.fromkeys(_ALWAYS_COUNTED, 0), **run.counts}
        view["totals"] = {currency: dict(total) for currency, total in run.totals.items()}
    if run.failure is not None:
        view["failure"] = {"code": run.failure}
    return view
