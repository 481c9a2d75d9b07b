"""The parts of a stage that belong together: throughput, throttles, the lake, the schedules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

# What a large stage reserves of Lambda, so that a backlog draining through the workers cannot
# starve intake; the scheduled three run alone, so two sweeps never chase the same due rows. Damage
# to the books is recorded whatever workers take; health, which anybody may call, takes no more.
# Lambda takes ten requests a second for each that is reserved, whatever they last: webhooks come
# 1,157 times a second, and twice that in the busiest hour.
RESERVED: Final[Mapping[str, int]] = {
    "payments": 100,
    "webhooks": 300,
    "repair": 1,
    "rollup": 1,
    "audit": 1,
    "audit_events": 2,
    "health": 10,
}
EVERY_EVENT: Final = "*"
# What is seldom and somebody has to know. What each payment would tell costs a dollar a million
# a name, so it is published once somebody listens (docs/deploy.md).
RARE_EVENTS: Final = (
    *("dispute.opened", "dispute.closed", "order.late_payment", "order.refund_failed"),
    *("payout.paid", "payout.failed", "payout.returned", "reconciliation.completed"),
)
# A year, as the history of who called what is kept (PCI DSS v4, 10.5.1).
CALLS_KEPT_DAYS: Final = 365


@dataclass(frozen=True)
class Told:
    """What a stage tells of itself, and how many days its logs are at hand: those of machines, and
    those of what people do and who is refused.

    Lambda traces `sampled` requests at a rate of its own, 5 %, which nobody can set; or those whose
    caller `asked`, by the trace header of its own sampled request.
    """

    log_days: int
    trail_days: int
    access_log: bool
    traces: Literal["sampled", "asked", "none"]
    # Events for others that are put on the bus, by name; ours that call a person always are.
    events: tuple[str, ...] = (EVERY_EVENT,)


@dataclass(frozen=True)
class Warm:
    """Throughput a table takes from its first minute; a new on-demand table has 12,000 / 4,000."""

    reads: int
    writes: int


@dataclass(frozen=True)
class Throttle:
    """What the HTTP API lets through before it answers 429."""

    rate_per_s: int
    burst: int


@dataclass(frozen=True)
class Lake:
    """Rows to the lake: changes read at once, how long they are gathered, what a query may read."""

    batch: int
    window_s: int
    # AWS allows no less than 60 where records are filed by a key of their own.
    buffer_s: int
    scan_gib: int
    # The reports as saved queries for the console, which the emulator does not know.
    saves_reports: bool = True


@dataclass(frozen=True)
class Schedules:
    """Minutes between two runs; hours of the daily audit and of the monthly payout run."""

    repair_min: int = 1
    rollup_min: int = 5
    audit_hour_utc: int = 2
    payout_day: int = 1
    # After the audit, before the payouts.
    reconcile_hour_utc: int = 3
    # After the audit, so that what it finds is known before money leaves.
    payout_hour_utc: int = 4
    # Two days for what is told late; what comes later counts in the next month.
    close_day: int = 3
    close_hour_utc: int = 6
