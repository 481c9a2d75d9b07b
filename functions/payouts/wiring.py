"""What the payout service's edge is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from countinghouse.domain.market_rules import PayoutRules
from countinghouse.payout_bookkeeping import PayoutBooks
from countinghouse.ports.payouts import PayoutGateway
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.payout_assembly import PayoutAssembly


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function; `gateway` gives the PSP under its current key."""

    books: PayoutBooks
    gateway: Callable[[], PayoutGateway]
    rules: PayoutRules
    grants: Grants


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = PayoutAssembly()
    return Deps(
        books=parts.payout_books,
        gateway=parts.payout_gateway,
        rules=parts.market_rules.payouts,
        grants=parts.environment.grants(),
    )
