"""What the payment service's edge is made of."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from countinghouse.domain.retry import RetryPolicy
from countinghouse.ports.books import OrderBook, PaymentBook, PspEventBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.gateway import Gateway
from countinghouse.ports.ledger import Journals
from countinghouse_aws.assembly import Assembly
from countinghouse_aws.edge.access import Grants


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function. The gateway is made on first use: intake never needs it."""

    payments: PaymentBook
    orders: OrderBook
    events: PspEventBook
    journals: Journals
    clock: Clock
    policy: RetryPolicy
    grants: Grants
    gateway: Callable[[], Gateway]
    pause: Callable[[float], None]


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = Assembly()
    return Deps(
        payments=parts.payments,
        orders=parts.orders,
        events=parts.events,
        journals=parts.journals,
        clock=parts.clock,
        policy=parts.environment.policy(),
        grants=parts.environment.grants(),
        gateway=parts.gateway,
        pause=time.sleep,
    )
