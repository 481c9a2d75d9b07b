"""Which tax the platform's fee carries: that of the seller's country, once the market says so.

A platform's fee is a service to the seller. Between businesses in the European Union it is taxed
where the seller is (directive 2006/112/EC, art. 44), and a business abroad owes that tax itself
(art. 196): the fee then carries none, and the invoice says "Reverse charge" (art. 226 point 11a).
Which rates hold is the market's decision, not this module's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import field
from functools import partial
from operator import attrgetter

from countinghouse.domain.document import Part
from countinghouse.domain.errors import Invalid
from countinghouse.domain.fees import BASIS, FeeTax
from countinghouse.domain.instants import Instant
from countinghouse.domain.market_countries import SellerHome, country_of
from countinghouse.records import dataclass

_RULE = frozenset({"rule_id", "country", "valid_from", "basis_points"})
_RULE_OPTIONAL = frozenset({"reverse_charge"})


@dataclass(frozen=True, slots=True)
class FeeTaxRule:
    """One version of a country's tax on fees, in basis points of the fee.

    With `reverse_charge`, a seller there who is a business and not at home in the platform's
    country is charged none and owes the tax itself. Raises Invalid.
    """

    rule_id: str
    country: str
    basis_points: int
    valid_from: Instant = 0
    reverse_charge: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.basis_points <= BASIS:
            raise Invalid(f"basis points go from 0 to {BASIS}", field="basis_points")


_Versions = tuple[tuple[Instant, ...], tuple[FeeTaxRule, ...]]


@dataclass(frozen=True, slots=True)
class FeeTaxes:
    """Every tax rule, indexed by country, oldest first.

    Raises Invalid for a rule id that stands twice and for two rules of a country with one start.
    """

    rules: tuple[FeeTaxRule, ...] = ()
    _index: Mapping[str, _Versions] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len({rule.rule_id for rule in self.rules}) != len(self.rules):
            raise Invalid("a rule id stands twice")
        if len({(rule.country, rule.valid_from) for rule in self.rules}) != len(self.rules):
            raise Invalid("two rules of one country begin at the same instant")
        by_country: dict[str, list[FeeTaxRule]] = defaultdict(list)
        for rule in sorted(self.rules, key=attrgetter("valid_from")):
            by_country[rule.country].append(rule)
        index: dict[str, _Versions] = {
            country: (tuple(rule.valid_from for rule in rules), tuple(rules))
            for country, rules in by_country.items()
        }
        object.__setattr__(self, "_index", index)

    def tax_for(self, seller: SellerHome | None, *, abroad: bool, now: Instant) -> FeeTax | None:
        """The tax that the seller's country asks for; None where the fee rule's own rate holds.

        `abroad` is whether that country is another than the platform's.
        """
        if seller is None:
            return None
        starts, rules = self._index.get(seller.country, ((), ()))
        place = bisect_right(starts, now)
        if not place:
            return None
        rule = rules[place - 1]
        reversed_ = rule.reverse_charge and seller.business and abroad
        rate = 0 if reversed_ else rule.basis_points
        return FeeTax(rule.rule_id, rule.country, rate, reversed_)


NO_TAXES = FeeTaxes()
"""Every fee rule's own rate holds."""


def parse_fee_taxes(part: Part | None) -> FeeTaxes:
    """The section `fee_tax`, or what holds without one. Raises Invalid naming the path."""
    if part is None:
        return NO_TAXES
    rules = tuple(_rule(at) for at in part.elements())
    return part.built(lambda: FeeTaxes(rules))


def _rule(part: Part) -> FeeTaxRule:
    parts = part.fields(_RULE, _RULE_OPTIONAL)
    rule = partial(
        FeeTaxRule,
        rule_id=parts["rule_id"].identifier(),
        country=country_of(parts["country"]),
        basis_points=parts["basis_points"].whole(BASIS),
        valid_from=parts["valid_from"].instant(),
        reverse_charge=parts["reverse_charge"].flag() if "reverse_charge" in parts else False,
    )
    return part.built(rule)
