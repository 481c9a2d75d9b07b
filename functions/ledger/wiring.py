"""What the ledger service's edge is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import BalanceBook, Journals, WalletScan
from countinghouse.records import dataclass
from countinghouse.usecases.book_adjustment import Adjusting
from countinghouse.usecases.name_account import Naming
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.proposal_assembly import ProposalAssembly


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function. What only booking needs is made on first use."""

    journals: Journals
    wallets: WalletScan
    balances: BalanceBook
    clock: Clock
    grants: Grants
    adjusting: Callable[[], Adjusting]
    naming: Callable[[], Naming]


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = ProposalAssembly()
    return Deps(
        journals=parts.journals,
        wallets=parts.wallet_scan,
        balances=parts.balances,
        clock=parts.clock,
        grants=parts.environment.grants(),
        adjusting=lambda: parts.adjusting,
        naming=lambda: parts.naming,
    )
