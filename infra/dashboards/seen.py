"""What dashboards are about: the stage's resources by what we call them, with their real names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.dashboards.widgets import Metric

OURS = "Countinghouse"
# The chapter of what every function may do; a widget holds a hundred alarms, and there are more.
FUNCTION_ERRORS = "function-errors"


@dataclass(frozen=True)
class SeenAlarm:
    """An alarm: its ARN, and the chapter of the runbook that it names."""

    arn: str
    anchor: str


@dataclass(frozen=True)
class SeenTable:
    """A table, its indexes, and the throughput a second that it was given from its first minute."""

    name: str
    indexes: Sequence[str]
    warm_reads: int | None
    warm_writes: int | None


@dataclass(frozen=True)
class Seen:
    """All of a stage that may be drawn. Each mapping goes from our name to CloudWatch's."""

    stage: str
    # Where the runbook is read: an address, or its path in the repository.
    runbook: str
    psps: Sequence[str]
    functions: Mapping[str, str]
    # Who starts each function, as one word.
    called_by: Mapping[str, str]
    # By function, how many may run at once: reserved, or at most by its queues.
    reserved: Mapping[str, int]
    at_most: Mapping[str, int]
    queues: Mapping[str, str]
    # Queues that stay empty while all is well.
    last_stops: Mapping[str, str]
    tables: Mapping[str, SeenTable]
    streams: Mapping[str, str]
    # State machines' ARNs.
    machines: Mapping[str, str]
    api_id: str
    api_rate_per_s: int
    alarms: Sequence[SeenAlarm]
    # Whether usage is compared with AWS's quotas, which an emulator has none of.
    quotas: bool

    def dashboard_name(self, part: str) -> str:
        """Return a dashboard's name in CloudWatch."""
        return f"countinghouse-{self.stage}-{part}"

    def alarm_arns(self, *, of_functions: bool) -> list[str]:
        """Return the alarms on functions' errors, or all others, chapter by chapter."""
        ordered = sorted(self.alarms, key=lambda alarm: alarm.anchor)
        return [one.arn for one in ordered if (one.anchor == FUNCTION_ERRORS) is of_functions]

    def chapter(self, anchor: str) -> str:
        """Return a link to a chapter of the runbook, or its place where no address is known."""
        place = f"{self.runbook}#{anchor}"
        return f"[{anchor}]({place})" if self.runbook.startswith("https://") else f"`{place}`"


def ours(function: str, name: str, stat: str = "Sum", label: str = "") -> Metric:
    """Return a metric that the code of a function counts by itself."""
    return Metric(OURS, name, {"service": function}, stat, label or name)
