"""What the audit is made of."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.ports.audit import FindingBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import WalletScan
from countinghouse.records import dataclass
from countinghouse.usecases.seal_day import Sealing
from countinghouse_aws.audit_assembly import AuditAssembly


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    wallets: WalletScan
    findings: FindingBook
    clock: Clock
    sealing: Sealing


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = AuditAssembly()
    sealing = Sealing(parts.journal_scan, parts.seals, parts.documents, parts.findings, parts.clock)
    return Deps(parts.wallet_scan, parts.findings, parts.clock, sealing)
