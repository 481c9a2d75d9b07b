"""What executing orders is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from countinghouse.domain.instants import SECOND
from countinghouse.domain.payment import Payment
from countinghouse.records import dataclass
from countinghouse.usecases.execute_order import Execution
from countinghouse_aws.assembly import Assembly
from countinghouse_aws.psp_assembly import PspRouting

WORKERS = 10
"""A whole batch at once: the PSP's answer time is waited for together."""


@dataclass(frozen=True, slots=True)
class Deps:
    """`execution` gives the ports under the PSP's current key, `payments` reads many at once."""

    execution: Callable[[], Execution]
    payments: Callable[[Iterable[str]], Mapping[str, Payment]]
    psp_timeout_ms: int
    workers: int


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = Assembly()
    timeout_s = parts.environment.psp_timeout_s()
    policy = parts.environment.policy(timeout_s)
    # Made here, before the threads of a batch could make them twice.
    orders, payments, psps = parts.orders, parts.payments, PspRouting(parts)

    def execution() -> Execution:
        return Execution(
            orders=orders,
            payments=payments,
            gateway=psps.gateway,
            clock=parts.clock,
            policy=policy,
            routing=psps.routing,
        )

    return Deps(execution, payments.get_many, timeout_s * SECOND, WORKERS)
