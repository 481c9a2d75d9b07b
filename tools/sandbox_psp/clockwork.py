"""What the PSP does by itself as its clock goes on: actions lapse, timers come due."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias

from tools.sandbox_psp import dispute_lifecycle, lifecycle, payout_lifecycle, refund_lifecycle
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.timers import next_due, set_timer

Task: TypeAlias = Callable[[Desk, str, datetime], None]

_TASKS: Final[dict[str, Task]] = {
    lifecycle.DISPUTE_LATER: dispute_lifecycle.dispute_later,
    refund_lifecycle.TASK: refund_lifecycle.come_due,
    dispute_lifecycle.TASK: dispute_lifecycle.expire,
    payout_lifecycle.TASK: payout_lifecycle.come_due,
}


def sweep(desk: Desk) -> int:
    """Do all that is due, each in a transaction of its own; answers how many things that were.

    A task is done as of the instant it was due, not of this one: a clock that jumps a month plays
    the month out, and what comes of it does not depend on how often anybody looked.
    """
    now = desk.now()
    count = lifecycle.expire_lapsed(desk, now)
    while next_due(desk.book, now) and _do_next(desk, now):
        count += 1
    return count


def _do_next(desk: Desk, now: datetime) -> bool:
    """Do what is due the longest, unless another thread has done it meanwhile."""
    with desk.book.transaction():
        timer = next_due(desk.book, now)
        if timer is None:
            return False
        set_timer(desk.book, timer.task, timer.reference, None)
        _TASKS[timer.task](desk, timer.reference, timer.due_at)
        return True
