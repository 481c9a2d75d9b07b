"""What booking is made of."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.ports.books import OrderBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Journals, Ledger
from countinghouse.records import dataclass
from countinghouse_aws.assembly import Assembly


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    orders: OrderBook
    ledger: Ledger
    journals: Journals
    clock: Clock


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = Assembly()
    return Deps(parts.orders, parts.ledger, parts.journals, parts.clock)
