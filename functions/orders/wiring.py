"""What the order service's edge is made of."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.domain.retry import RetryPolicy
from countinghouse.domain.submission import Terms
from countinghouse.ports.books import OrderBook, PaymentBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.screening import Screening
from countinghouse.records import dataclass
from countinghouse_aws.assembly import Assembly
from countinghouse_aws.edge.access import Grants


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    payments: PaymentBook
    orders: OrderBook
    clock: Clock
    policy: RetryPolicy
    terms: Terms
    screening: Screening
    grants: Grants


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = Assembly()
    environment = parts.environment
    return Deps(
        payments=parts.payments,
        orders=parts.orders,
        clock=parts.clock,
        policy=environment.policy(),
        terms=parts.terms,
        screening=parts.screening,
        grants=environment.grants(),
    )
