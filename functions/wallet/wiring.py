"""What the wallet service's edge is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Journals, Ledger
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.payout_assembly import PayoutAssembly

if TYPE_CHECKING:
    # Where payouts begin: only payability needs them.
    from countinghouse.domain.market_rules import PayoutRules
    from countinghouse.ports.payouts import PayoutAccounts


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function. What only payability needs is made on first use."""

    ledger: Ledger
    journals: Journals
    clock: Clock
    grants: Grants
    accounts: Callable[[], PayoutAccounts]
    payout_rules: Callable[[], PayoutRules]


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = PayoutAssembly()
    return Deps(
        ledger=parts.ledger,
        journals=parts.journals,
        clock=parts.clock,
        grants=parts.environment.grants(),
        accounts=lambda: parts.payout_accounts,
        payout_rules=lambda: parts.market_rules.payouts,
    )
