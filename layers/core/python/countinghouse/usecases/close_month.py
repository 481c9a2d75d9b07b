"""Close a month: from then on nothing that is booked counts in it."""

from countinghouse.domain.close import Month, MonthClose
from countinghouse.domain.errors import Conflict
from countinghouse.ports.billing import CloseBook
from countinghouse.ports.clock import Clock

RACES_MAX = 8


def close_month(month: Month, book: CloseBook, clock: Clock, *, early: bool = False) -> MonthClose:
    """The month's close; the one that is there when it was closed before.

    Raises IllegalTransition for a month that has not ended (unless `early`) or whose turn it is
    not, Conflict when others kept closing.
    """
    for _ in range(RACES_MAX):
        closes = book.closes()
        wanted = closes.closing(month, clock.now(), early=early)
        if wanted is not closes:
            try:
                book.record(closes, wanted)
            except Conflict:
                continue
        return next(close for close in wanted if close.month == month)
    raise Conflict("months kept being closed")
