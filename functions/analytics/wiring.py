"""What the analytics service's edge is made of."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.ports.analytics import Pause, ReportDesk
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.lakehouse.report_desk import AthenaReportDesk
from countinghouse_aws.system.clients import aws_client
from countinghouse_aws.system.clock import SystemClock, pause
from countinghouse_aws.system.environment import Environment


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    desk: ReportDesk
    clock: Clock
    pause: Pause
    grants: Grants


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    environment = Environment()
    desk = AthenaReportDesk(
        aws_client("athena"),
        aws_client("s3"),
        database=environment.text("GLUE_DATABASE"),
        workgroup=environment.text("ATHENA_WORKGROUP"),
        bucket=environment.text("BUCKET_LAKE"),
        psps=environment.texts("PSP_NAMES"),
    )
    return Deps(desk, SystemClock(), pause, environment.grants())
