"""What the month close's tasks are made of."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.ports.ledger import JournalScan, WalletScan
from countinghouse.records import dataclass
from countinghouse.usecases.bill_seller import Billing
from countinghouse_aws.billing_assembly import BillingAssembly


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function; `early` says that a month may be closed before it ends."""

    billing: Billing
    wallets: WalletScan
    journals: JournalScan
    bucket: str
    early: bool


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = BillingAssembly()
    billing = Billing(
        ledger=parts.ledger,
        journals=parts.journals,
        closes=parts.closes,
        register=parts.register,
        documents=parts.documents,
        clock=parts.clock,
        issuer=parts.environment.text("INVOICE_ISSUER"),
        settle=parts.close_settle,
        orders=parts.orders,
    )
    return Deps(
        billing, parts.wallet_scan, parts.journal_scan, parts.documents.bucket, parts.close_early
    )
