"""The reports that can be asked for: their columns, and for which days.

Amounts are minor units of the row's currency and never summed over currencies. Shares are basis
points, rounded down, and empty where there is nothing to have a share of.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from countinghouse.domain.errors import Invalid, NotFound
from countinghouse.domain.instants import Instant
from countinghouse.records import dataclass

DAYS_MAX = 366
ROWS_MAX = 1_000
"""Rows of an answer; a report with more says that it was cut."""


_EARLIEST = date(2000, 1, 1)


class Report(StrEnum):
    """Every report."""

    SUCCESS_RATE = "success_rate"
    VOLUME = "volume"
    PSP_COST = "psp_cost"
    SELLER_VOLUME = "seller_volume"
    REFUND_RATE = "refund_rate"
    DISPUTE_RATE = "dispute_rate"
    DECLINE_REASONS = "decline_reasons"
    CLEARING_AGEING = "clearing_ageing"


class Kind(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    INTEGER = "integer"


Columns = Mapping[str, Kind]
Value = str | int | None


def _columns(texts: str, integers: str) -> Columns:
    named = {name: Kind.TEXT for name in texts.split()}
    return MappingProxyType(named | {name: Kind.INTEGER for name in integers.split()})


COLUMNS: Mapping[Report, Columns] = MappingProxyType(
    {
        Report.SUCCESS_RATE: _columns(
            "psp method country", "orders succeeded failed abandoned unfinished success_bp"
        ),
        Report.VOLUME: _columns(
            "day psp currency", "captures captured refunds refunded chargebacks charged_back net"
        ),
        Report.PSP_COST: _columns(
            "psp currency", "lines captures captured capture_fees other_fees fees cost_bp"
        ),
        Report.SELLER_VOLUME: _columns(
            "seller_id currency", "orders paid_orders captured refunded disputed"
        ),
        Report.REFUND_RATE: _columns(
            "psp method currency",
            "paid_orders refunded_orders captured refunded orders_bp amount_bp",
        ),
        Report.DISPUTE_RATE: _columns(
            "psp method currency",
            "paid_orders disputed_orders captured withdrawn reinstated orders_bp amount_bp",
        ),
        Report.DECLINE_REASONS: _columns("psp method failure_code decline_type", "orders share_bp"),
        Report.CLEARING_AGEING: _columns("account_kind currency age", "items amount"),
    }
)
"""The columns of each report, in the order in which its query selects them."""


@dataclass(frozen=True, slots=True)
class Question:
    """A report over these days, both included (ISO, UTC)."""

    report: Report
    first_day: str
    last_day: str

    def __post_init__(self) -> None:
        first, last = _day(self.first_day, "from"), _day(self.last_day, "to")
        if first < _EARLIEST:
            raise Invalid("nothing had happened then", field="from")
        if last < first:
            raise Invalid("`to` is before `from`", field="to")
        if (last - first).days >= DAYS_MAX:
            raise Invalid(f"no report covers more than {DAYS_MAX} days", field="to")


@dataclass(frozen=True, slots=True)
class Table:
    """What a query found; `scanned` is in bytes, `as_of` the instant it was asked.

    There are at most ROWS_MAX rows and `cut` says that there are more.
    """

    rows: tuple[Mapping[str, Value], ...]
    as_of: Instant
    scanned: int
    cut: bool = False


class ReportState(StrEnum):
    """How far a query is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    TOO_LARGE = "too_large"
    """It was ended because it would have read too much."""


def question(report: str, first_day: str, last_day: str) -> Question:
    """What is asked. Raises NotFound for an unknown report, Invalid for bad days."""
    if report not in set(Report):
        raise NotFound("there is no such report")
    return Question(Report(report), first_day, last_day)


def _day(text: str, field: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    # Other ISO spellings would not compare as texts do.
    if found is None or found.isoformat() != text:
        raise Invalid("that is not a day such as 2026-11-22", field=field)
    return found
