"""What the roll-up is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import BalanceBook, WalletScan
from countinghouse_aws.assembly import Assembly


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    wallets: WalletScan
    balances: BalanceBook
    clock: Clock


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = Assembly()
    return Deps(parts.wallet_scan, parts.balances, parts.clock)
