"""What looking after captured orders is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from countinghouse.domain.instants import SECOND
from countinghouse.records import dataclass
from countinghouse.usecases.tend_order import Tending
from countinghouse_aws.assembly import Assembly
from countinghouse_aws.psp.routed import RoutedRefunds

WORKERS = 10
"""A whole batch at once: the PSP's answer time is waited for together."""


@dataclass(frozen=True, slots=True)
class Deps:
    """`tending` gives the ports under the PSP's current key."""

    tending: Callable[[], Tending]
    psp_timeout_ms: int
    workers: int


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = Assembly()
    timeout_s = parts.environment.psp_timeout_s()
    policy = parts.environment.policy(timeout_s)
    # Made here, before the threads of a batch could make them twice.
    orders, journals, psps = parts.orders, parts.journals, parts.psps

    def tending() -> Tending:
        return Tending(
            orders=orders,
            journals=journals,
            gateway=RoutedRefunds(psps.refunds),
            clock=parts.clock,
            policy=policy,
        )

    return Deps(tending, timeout_s * SECOND, WORKERS)
