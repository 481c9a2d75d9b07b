"""What the edge for deliveries and refunds is made of."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.domain.market_rules import ReserveRules
from countinghouse.ports.books import OrderBook
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass
from countinghouse_aws.assembly import Assembly
from countinghouse_aws.edge.access import Grants


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    orders: OrderBook
    clock: Clock
    reserves: ReserveRules
    grants: Grants


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = Assembly()
    return Deps(
        orders=parts.orders,
        clock=parts.clock,
        reserves=parts.market_rules.reserves,
        grants=parts.environment.grants(),
    )
