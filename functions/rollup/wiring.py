"""What the roll-up is made of."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.ports.audit import FindingBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import BalanceBook, WalletScan
from countinghouse.records import dataclass
from countinghouse_aws.audit_assembly import AuditAssembly


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    wallets: WalletScan
    balances: BalanceBook
    findings: FindingBook
    clock: Clock


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = AuditAssembly()
    return Deps(parts.wallet_scan, parts.balances, parts.findings, parts.clock)
