"""What the payout service's edge is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from countinghouse.domain.market_rules import PayoutRules
from countinghouse.payout_bookkeeping import PayoutBooks
from countinghouse.ports.payouts import BankAccounts
from countinghouse.records import dataclass
from countinghouse.usecases.open_payout import Opening
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.payout_assembly import PayoutAssembly


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function; `bank_accounts` gives a PSP by name, under its current key."""

    books: PayoutBooks
    opening: Opening
    bank_accounts: Callable[[str], BankAccounts]
    psps: tuple[str, ...]
    rules: PayoutRules
    grants: Grants


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = PayoutAssembly()
    books, rules = parts.payout_books, parts.market_rules.payouts
    return Deps(
        books=books,
        opening=parts.opening,
        bank_accounts=parts.psps.payouts,
        psps=parts.psps.names,
        rules=rules,
        grants=parts.environment.grants(),
    )
