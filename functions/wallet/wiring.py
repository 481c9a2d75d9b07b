"""What the wallet service's edge is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Ledger
from countinghouse.records import dataclass
from countinghouse.usecases.book_adjustment import Adjusting
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.payout_assembly import PayoutAssembly
from countinghouse_aws.proposal_assembly import ProposalAssembly

if TYPE_CHECKING:
    # Where payouts begin: only payability needs them.
    from countinghouse.domain.market_rules import PayoutRules
    from countinghouse.ports.payouts import PayoutAccounts


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function. What few routes need is made on first use."""

    ledger: Ledger
    clock: Clock
    grants: Grants
    adjusting: Callable[[], Adjusting]
    accounts: Callable[[], PayoutAccounts]
    payout_rules: Callable[[], PayoutRules]


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = PayoutAssembly()
    return Deps(
        ledger=parts.ledger,
        clock=parts.clock,
        grants=parts.environment.grants(),
        adjusting=lambda: ProposalAssembly(parts.environment).adjusting,
        accounts=lambda: parts.payout_accounts,
        payout_rules=lambda: parts.market_rules.payouts,
    )
