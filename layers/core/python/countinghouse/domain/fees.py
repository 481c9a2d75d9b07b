"""The platform's fee on an order, frozen at checkout and never re-derived (domain rules L2)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType

from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import Instant
from countinghouse.domain.money import EXPONENTS, allocate
from countinghouse.records import dataclass

BASIS = 10_000
"""Basis points in a whole."""

HALF_UP = "half_up"
"""The one rounding there is; an order keeps its name in case another one comes."""

_NO_AMOUNTS: Mapping[str, int] = MappingProxyType({})
_AMOUNTS = ("fixed_minor", "minimum_minor", "maximum_minor", "cross_border_fixed_minor")
_SHARES = ("basis_points", "tax_basis_points", "cross_border_basis_points")


class FeeScope(StrEnum):
    """Whose orders a rule is for; the later here, the stronger."""

    DEFAULT = "default"
    CATEGORY = "category"
    SELLER = "seller"


@dataclass(frozen=True, slots=True)
class FeeRule:
    """One version of a fee: basis points of the order plus a fixed part, then tax on the fee.

    `rule_id` names the version and is kept with every order it was applied to. `subject` is the
    category or seller of the scope, None for the default. The three amounts are minor units by
    currency: one without an entry has nothing fixed, no minimum and no maximum. The two
    `cross_border` figures are charged on top when buyer and seller are in different countries.
    Raises Invalid, its `field` relative to the rule.
    """

    rule_id: str
    basis_points: int
    tax_basis_points: int = 0
    scope: FeeScope = FeeScope.DEFAULT
    subject: str | None = None
    valid_from: Instant = 0
    fixed_minor: Mapping[str, int] = field(default_factory=lambda: _NO_AMOUNTS)
    minimum_minor: Mapping[str, int] = field(default_factory=lambda: _NO_AMOUNTS)
    maximum_minor: Mapping[str, int] = field(default_factory=lambda: _NO_AMOUNTS)
    cross_border_basis_points: int = 0
    cross_border_fixed_minor: Mapping[str, int] = field(default_factory=lambda: _NO_AMOUNTS)

    def __post_init__(self) -> None:
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= BASIS:
                raise Invalid(f"basis points go from 0 to {BASIS}", field=name)
        if (self.scope is FeeScope.DEFAULT) != (self.subject is None):
            raise Invalid("a default has no subject, every other rule has one", field="subject")
        if self.valid_from < 0:
            raise Invalid("a rule is valid from 1970 at the earliest", field="valid_from")
        for name in _AMOUNTS:
            _check_amounts(name, getattr(self, name))
        for currency, most in self.maximum_minor.items():
            if most < self.minimum_minor.get(currency, 0):
                raise Invalid("less than the minimum", field=f"maximum_minor.{currency}")


def _check_amounts(name: str, amounts: Mapping[str, int]) -> None:
    for currency, minor in amounts.items():
        if currency not in EXPONENTS:
            raise Invalid("not an ISO 4217 currency code", field=f"{name}.{currency}")
        if minor < 0:
            raise Invalid("less than zero", field=f"{name}.{currency}")


@dataclass(frozen=True, slots=True)
class FeeTax:
    """The tax rule that a fee was frozen under: its country and rate.

    `reverse_charge` says that the rate is 0 because the seller owes the tax itself.
    """

    rule_id: str
    country: str
    basis_points: int
    reverse_charge: bool = False


@dataclass(frozen=True, slots=True)
class FrozenFee:
    """What the platform will keep of one order, decided at checkout; minor units.

    `cross_border_minor` is the part of `fee_minor` that a domestic order would not have been
    charged. `tax` is None where the fee rule's own rate held.
    """

    rule_id: str
    fee_minor: int
    tax_minor: int
    rounding: str = HALF_UP
    cross_border_minor: int = 0
    tax: FeeTax | None = None


_Subject = tuple[FeeScope, str | None]
_Versions = tuple[tuple[Instant, ...], tuple[FeeRule, ...]]
"""One subject's rules, oldest first, after the instants from which they are valid."""


@dataclass(frozen=True, slots=True)
class FeeBook:
    """Every fee rule, indexed once: a lookup is at most three keys and three binary searches.

    Raises Invalid, its `field` relative to the book: without a default that is valid since instant
    0, for a rule id that stands twice, and for two rules of one subject with the same `valid_from`.
    """

    rules: tuple[FeeRule, ...]
    _index: Mapping[_Subject, _Versions] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_distinct(self.rules)
        by_subject: dict[_Subject, list[FeeRule]] = defaultdict(list)
        for rule in sorted(self.rules, key=attrgetter("valid_from")):
            by_subject[rule.scope, rule.subject].append(rule)
        defaults = by_subject[FeeScope.DEFAULT, None]
        if not defaults or defaults[0].valid_from != 0:
            raise Invalid("a default rule has to be valid since 1970-01-01T00:00:00Z")
        index: dict[_Subject, _Versions] = {
            subject: (tuple(rule.valid_from for rule in rules), tuple(rules))
            for subject, rules in by_subject.items()
        }
        object.__setattr__(self, "_index", index)

    def rule_for(self, seller_id: str, category: str | None, now: Instant) -> FeeRule:
        """The seller's own rule, else the category's, else the default; the newest valid `now`.

        Raises Invalid for an instant before 1970, when there is none.
        """
        subjects: tuple[_Subject, ...] = (
            (FeeScope.SELLER, seller_id),
            (FeeScope.CATEGORY, category),
            (FeeScope.DEFAULT, None),
        )
        for subject in subjects:
            starts, rules = self._index.get(subject, ((), ()))
            place = bisect_right(starts, now)
            if place:
                return rules[place - 1]
        raise Invalid(f"no fee rule is valid at instant {now}")


def _check_distinct(rules: tuple[FeeRule, ...]) -> None:
    ids: set[str] = set()
    starts: set[tuple[FeeScope, str | None, Instant]] = set()
    for place, rule in enumerate(rules):
        start = (rule.scope, rule.subject, rule.valid_from)
        if rule.rule_id in ids:
            raise Invalid(f"rule id {rule.rule_id} stands twice", field=f"[{place}].rule_id")
        if start in starts:
            raise Invalid(
                "another rule for the same begins at that instant", field=f"[{place}].valid_from"
            )
        ids.add(rule.rule_id)
        starts.add(start)


def freeze_fee(
    amount_minor: int,
    currency: str,
    rule: FeeRule,
    *,
    cross_border: bool = False,
    tax: FeeTax | None = None,
) -> FrozenFee:
    """The fee on an order of `amount_minor` of `currency`, and the tax on that fee.

    `tax` is the seller's country's; None leaves it to the rule. The rule's minimum and maximum
    bound the fee with its cross-border part, and the order bounds all: fee and tax together never
    take more. Rounded half up, once per figure. Raises Invalid for an amount below zero.
    """
    if amount_minor < 0:
        raise Invalid("an order's amount is not below zero", field="amount")
    wanted = _share(amount_minor, rule.basis_points) + rule.fixed_minor.get(currency, 0)
    domestic = fee = _bounded(wanted, amount_minor, currency, rule)
    if cross_border:
        wanted += _share(amount_minor, rule.cross_border_basis_points)
        wanted += rule.cross_border_fixed_minor.get(currency, 0)
        fee = _bounded(wanted, amount_minor, currency, rule)
    rate = rule.tax_basis_points if tax is None else tax.basis_points
    owed = min(_share(fee, rate), amount_minor - fee)
    return FrozenFee(rule.rule_id, fee, owed, cross_border_minor=fee - domestic, tax=tax)


def _bounded(wanted: int, amount_minor: int, currency: str, rule: FeeRule) -> int:
    at_least = max(wanted, rule.minimum_minor.get(currency, 0))
    return min(at_least, rule.maximum_minor.get(currency, at_least), amount_minor)


def fee_on(fee: FrozenFee, amount_minor: int, captured_minor: int) -> tuple[int, int]:
    """Fee and tax that fall on `captured_minor` of an order of `amount_minor`; minor units.

    Pro rata by largest remainder over fee, tax and what is left to the seller; the whole order
    gives exactly what was frozen. Pieces rounded one by one need not add up, so a caller with
    several takes the running total's and books the difference, which may be -1 for one of the
    three: largest remainders do that. Raises Invalid outside 0..`amount_minor`, and for an order
    of nothing.
    """
    if not 0 <= captured_minor <= amount_minor:
        raise Invalid("a capture is at most the order", field="amount")
    rest = amount_minor - fee.fee_minor - fee.tax_minor
    fee_minor, tax_minor, _ = allocate(captured_minor, (fee.fee_minor, fee.tax_minor, rest))
    return fee_minor, tax_minor


def _share(minor: int, basis_points: int) -> int:
    return (minor * basis_points + BASIS // 2) // BASIS
