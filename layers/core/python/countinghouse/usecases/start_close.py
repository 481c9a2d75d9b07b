"""Start the workflow that closes a month, bills every seller and packs the close."""

from countinghouse.domain.close import Month
from countinghouse.domain.instants import rfc3339
from countinghouse.ports.billing import CloseBook, CloseWorkflow
from countinghouse.ports.clock import Clock

_MINUTE = len("2026-12-03T06:00")


def start_close(
    month: Month, book: CloseBook, workflow: CloseWorkflow, clock: Clock, *, early: bool = False
) -> None:
    """Start it, once a minute at most: a double click is one run.

    A month that is closed already may be run again, which mends whatever the last run left out.
    Raises IllegalTransition for a month that cannot be closed now; nothing is written here.
    """
    now = clock.now()
    book.closes().closing(month, now, early=early)
    minute = rfc3339(now)[:_MINUTE].replace(":", "-")
    workflow.start(month, f"close-{month}-{minute}")
