"""What the currency service's edge is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from countinghouse.domain.fx_rules import FxRules
from countinghouse.ports.clock import Clock
from countinghouse.ports.fx import QuoteBook, ReferenceRates
from countinghouse.records import dataclass
from countinghouse.usecases.revalue_positions import Revaluing
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.fx_assembly import FxAssembly


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function; to revalue it takes the books as well."""

    quotes: QuoteBook
    rates: ReferenceRates
    fx_rules: FxRules
    clock: Clock
    grants: Grants
    revaluing: Callable[[], Revaluing]


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = FxAssembly()

    def revaluing() -> Revaluing:
        rates, rules = parts.fx_rates, parts.fx_rules
        books = parts.wallet_scan, parts.ledger, parts.journals
        return Revaluing(*books, rates, rules, parts.clock)

    return Deps(
        quotes=parts.fx_quotes,
        rates=parts.fx_rates,
        fx_rules=parts.fx_rules,
        clock=parts.clock,
        grants=parts.environment.grants(),
        revaluing=revaluing,
    )
