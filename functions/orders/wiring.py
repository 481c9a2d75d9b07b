"""What the order service's edge is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from countinghouse.domain.fees import FeeBook
from countinghouse.domain.retry import RetryPolicy
from countinghouse.ports.books import OrderBook, PaymentBook
from countinghouse.ports.clock import Clock
from countinghouse_aws.assembly import Assembly
from countinghouse_aws.edge.access import Grants


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    payments: PaymentBook
    orders: OrderBook
    clock: Clock
    policy: RetryPolicy
    fees: FeeBook
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
        fees=parts.market_rules.fees,
        grants=environment.grants(),
    )
