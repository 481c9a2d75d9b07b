"""What the payout workflows' tasks are made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from countinghouse.domain.instants import SECOND
from countinghouse.ports.ledger import WalletScan
from countinghouse.ports.payouts import PayoutRuns, Workflows
from countinghouse.records import dataclass
from countinghouse.usecases.advance_payout import Advancing
from countinghouse.usecases.open_payout import Opening
from countinghouse_aws.payout_assembly import PayoutAssembly
from countinghouse_aws.psp.routed import RoutedPayouts


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function; `advancing` gives them under the PSP's current key."""

    advancing: Callable[[], Advancing]
    opening: Opening
    workflows: Workflows
    wallets: WalletScan
    runs: PayoutRuns
    psp_timeout_ms: int


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = PayoutAssembly()
    timeout_s = parts.environment.psp_timeout_s()
    policy = parts.environment.policy(timeout_s)
    books, rules = parts.payout_books, parts.market_rules.payouts

    def advancing() -> Advancing:
        gateway = RoutedPayouts(parts.psps.payouts)
        return Advancing(books, gateway, policy, rules, parts.stops)

    return Deps(
        advancing=advancing,
        opening=parts.opening,
        workflows=parts.workflows(),
        wallets=parts.wallet_scan,
        runs=parts.payout_runs,
        psp_timeout_ms=timeout_s * SECOND,
    )
