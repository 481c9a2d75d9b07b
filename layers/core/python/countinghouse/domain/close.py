"""Month closes: which month a journal counts in, so that a closed month never changes (rule L7)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from countinghouse.domain.errors import IllegalTransition, Invalid
from countinghouse.domain.instants import Instant, day_of, rfc3339, start_of_day
from countinghouse.records import dataclass

Month = str
"""A calendar month in UTC, `2026-11`: texts in the order of time."""

_MONTH = re.compile(r"2[0-9]{3}-(0[1-9]|1[0-2])")
"""None of ours is before 2000, and the last one that a calendar of four digits has ends nowhere."""


def parse_month(text: str) -> Month:
    """The month that a text names. Raises Invalid for anything but `yyyy-mm`."""
    if not _MONTH.fullmatch(text):
        raise Invalid("a month is yyyy-mm", field="month")
    return text


def month_of(instant: Instant) -> Month:
    """The month that an instant falls in."""
    return day_of(instant)[:7]


def month_after(month: Month) -> Month:
    """The following month."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + 1:04d}-01" if number == 12 else f"{year:04d}-{number + 1:02d}"


def month_before(month: Month) -> Month:
    """The preceding month."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year - 1:04d}-12" if number == 1 else f"{year:04d}-{number - 1:02d}"


def start_of_month(month: Month) -> Instant:
    """The first instant of a month."""
    return start_of_day(f"{month}-01")


def end_of_month(month: Month) -> Instant:
    """The first instant that is no longer in the month."""
    return start_of_month(month_after(month))


@dataclass(frozen=True, slots=True)
class MonthClose:
    """A month, and when it was closed."""

    month: Month
    closed_at: Instant


@dataclass(frozen=True, slots=True)
class Closes:
    """Every month that was closed, oldest first and without a gap.

    Months before the first count as closed with it. Raises Invalid when a month is left out or two
    were closed against the order of time.
    """

    months: tuple[MonthClose, ...] = ()

    def __post_init__(self) -> None:
        for before, after in zip(self.months, self.months[1:], strict=False):
            if after.month != month_after(before.month) or after.closed_at < before.closed_at:
                raise Invalid(f"{after.month} was not closed right after {before.month}")

    def __iter__(self) -> Iterator[MonthClose]:
        return iter(self.months)

    def closed_at(self, month: Month) -> Instant | None:
        """When the month was closed; None while it is open."""
        return next((close.closed_at for close in self.months if close.month >= month), None)

    def first_open(self, at: Instant) -> Month:
        """The earliest month that was still open at that instant; "" before the first close."""
        closed = [close.month for close in self.months if close.closed_at <= at]
        return month_after(closed[-1]) if closed else ""

    def closing(self, month: Month, now: Instant, *, early: bool = False) -> Closes:
        """The closes with this month; the same object when it is closed already.

        A month that has not ended is closed only `early`. Raises IllegalTransition for that, and
        for a month whose turn it is not.
        """
        if any(close.month == month for close in self.months):
            return self
        if self.months and month != month_after(self.months[-1].month):
            raise IllegalTransition(
                f"months are closed in order: {month_after(self.months[-1].month)} is next",
                code="close_out_of_order",
            )
        if now < end_of_month(month) and not early:
            raise IllegalTransition(
                f"{month} has not ended; it ends at {rfc3339(end_of_month(month))}",
                code="month_not_ended",
            )
        # A clock that was set back must not put this close before the last one.
        closed_at = max([now, *(close.closed_at for close in self.months[-1:])])
        return Closes((*self.months, MonthClose(month, closed_at)))


def statement_month(event_at: Instant, created_at: Instant, closes: Closes) -> Month:
    """The month whose statement a journal stands in: it never changes once the journal is booked.

    That is the month of the event, or, where that was closed before the journal was booked, the
    first month that was open then. An event that claims to be later than its booking comes from a
    clock that runs ahead: it counts when it was booked.
    """
    return max(month_of(min(event_at, created_at)), closes.first_open(created_at))


def latest_month(created_at: Instant, closes: Closes) -> Month:
    """The latest month that a journal booked then or before can stand in."""
    return max(month_of(created_at), closes.first_open(created_at))
