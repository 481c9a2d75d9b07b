"""What the PSPs' edge is made of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from countinghouse.domain.psp_routes import Capabilities
from countinghouse.ports.clock import Clock
from countinghouse.ports.psp_health import BreakerBook
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.psp_health import KEYS, DynamoBreakerBook
from countinghouse_aws.dynamodb.table import Table
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.psp.profiles import profiles
from countinghouse_aws.system.clients import aws_client
from countinghouse_aws.system.clock import SystemClock
from countinghouse_aws.system.environment import Environment


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    psps: Mapping[str, Capabilities]
    breakers: BreakerBook
    clock: Clock
    grants: Grants


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    environment = Environment()
    table = Table(aws_client("dynamodb"), environment.text("TABLE_PSP_HEALTH"), KEYS)
    names = environment.texts("PSP_NAMES")
    return Deps(profiles(names), DynamoBreakerBook(table), SystemClock(), environment.grants())
