"""What a marketplace decides about conversion: the section `fx` of its rules.

Read by those who draw quotes: nobody else pays for it when he starts, or stops because of a mistake
in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from countinghouse.domain.document import Part
from countinghouse.domain.instants import SECOND, Instant
from countinghouse.domain.money import EXPONENTS
from countinghouse.records import dataclass

BASIS = 10_000
"""Basis points in a whole."""

AGE_DAYS_MAX = 10
LIFETIME_S_MAX = 86_400
SPREAD_MAX = 2_000
"""A fifth: whoever means more has misplaced a zero."""


@dataclass(frozen=True, slots=True)
class FxRules:
    """How old a rate may be, how long a quote lasts (milliseconds), and what the platform keeps.

    `pairs` are basis points by pair, such as `USD/EUR`; `spread_basis_points` is for all others.
    `base_currency` is what positions are valued in.
    """

    max_age_days: int
    quote_lifetime: Instant
    spread_basis_points: int
    pairs: Mapping[str, int]
    base_currency: str = "EUR"

    def spread_for(self, from_currency: str, to_currency: str) -> int:
        """The pair's own spread, else the default; a pair is not its reverse."""
        return self.pairs.get(f"{from_currency}/{to_currency}", self.spread_basis_points)


_FX = frozenset({"max_age_days", "quote_lifetime_s", "spread_basis_points"})
_OPTIONAL = frozenset({"base_currency"})
_SPREADS = frozenset({"default"})


def parse_fx_rules(document: Mapping[str, object]) -> FxRules:
    """The section `fx` of the market's rules. Raises Invalid naming the path of a mistake."""
    sections = Part(document).entries()
    if "fx" not in sections:
        raise Part(document).refused("is missing", "fx")
    parts = sections["fx"].fields(_FX, _OPTIONAL)
    spreads = parts["spread_basis_points"].fields(_SPREADS, frozenset({"pairs"}))
    pairs = spreads["pairs"].entries() if "pairs" in spreads else {}
    return FxRules(
        max_age_days=parts["max_age_days"].whole(AGE_DAYS_MAX),
        quote_lifetime=parts["quote_lifetime_s"].whole(LIFETIME_S_MAX) * SECOND,
        spread_basis_points=spreads["default"].whole(SPREAD_MAX),
        pairs=MappingProxyType({pair: _spread(pair, part) for pair, part in pairs.items()}),
        base_currency=_currency(parts["base_currency"]) if "base_currency" in parts else "EUR",
    )


def _currency(part: Part) -> str:
    code = part.text()
    if code not in EXPONENTS:
        raise part.refused("not an ISO 4217 currency code")
    return code


def _spread(pair: str, part: Part) -> int:
    first, _, second = pair.partition("/")
    if first == second or first not in EXPONENTS or second not in EXPONENTS:
        raise part.refused("a pair is two ISO 4217 codes, such as USD/EUR")
    return part.whole(SPREAD_MAX)
