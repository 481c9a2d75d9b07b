"""What the payment service's edge is made of."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from countinghouse.domain.fees import FeeBook
from countinghouse.domain.retry import RetryPolicy
from countinghouse.ports.books import OrderBook, PaymentBook, PspEventBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.gateway import Gateway
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.payout_assembly import PayoutAssembly

if TYPE_CHECKING:
    # Where the ledger begins: only a trail needs it.
    from countinghouse.ports.ledger import Journals
    from countinghouse.ports.payouts import PayoutBook


@dataclass(frozen=True, slots=True)
class TrailBooks:
    """What a trail is read from, beside the payment. Made for a trail alone."""

    orders: OrderBook
    events: PspEventBook
    journals: Journals
    payouts: PayoutBook


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function. What intake never needs is made on first use."""

    payments: PaymentBook
    clock: Clock
    policy: RetryPolicy
    fees: FeeBook
    grants: Grants
    gateway: Callable[[], Gateway]
    orders: Callable[[], OrderBook]
    trail_books: Callable[[], TrailBooks]
    pause: Callable[[float], None]


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = PayoutAssembly()
    return Deps(
        payments=parts.payments,
        clock=parts.clock,
        policy=parts.environment.policy(),
        fees=parts.market_rules.fees,
        grants=parts.environment.grants(),
        gateway=parts.gateway,
        orders=lambda: parts.orders,
        trail_books=lambda: TrailBooks(parts.orders, parts.events, parts.journals, parts.payouts),
        pause=time.sleep,
    )
