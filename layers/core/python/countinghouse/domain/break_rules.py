"""What a marketplace decides about reconciliation: contracts, days of grace, rules, limits.

A rule settles a break by itself. It has an id, a version that its journals carry, a limit on one
break and a cap on what it may settle of a PSP, a currency and a day together. A rule that is left
out settles nothing, and neither does one without a cap in the currency.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from enum import StrEnum
from types import MappingProxyType

from countinghouse.domain.document import Part
from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.fx import RateTable, exchanged
from countinghouse.domain.money import EXPONENTS
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.records import dataclass

BASIS = 10_000
"""Basis points of a whole."""

MILLION = 1_000_000
DAYS_MAX = 60
VERSION_MAX = 1_000_000
PER_MILLE = 1_000
RATE_MAX = 10**15


class RuleId(StrEnum):
    """The rules that may settle a break without a person."""

    FEE_VARIANCE = "fee_variance"
    ROUNDING = "rounding"
    FX_VARIANCE = "fx_variance"
    RESERVE_MOVEMENT = "reserve_movement"
    UNALLOCATED = "unallocated"
    """It settles nothing: it takes the money off the PSP's account while a person looks."""


class CapReached(Conflict):
    """A rule has settled all that it may of this PSP, currency and day."""


@dataclass(frozen=True, slots=True)
class AutoRule:
    """One rule. Amounts are minor units; `cap_minor` is by currency, PSP and day.

    `limit_minor` and `limit_basis_points` bound one break, the greater counts; what they are a
    share of is the rule's own. None is no bound but the cap.
    """

    rule_id: RuleId
    version: int
    cap_minor: Mapping[str, int]
    limit_minor: int | None = None
    limit_basis_points: int | None = None

    @property
    def name(self) -> str:
        """`rounding@1`, as journals and reports have it."""
        return f"{self.rule_id}@{self.version}"

    def allows(self, minor: int, currency: str, of_minor: int = 0) -> bool:
        """Whether one break of that size is within the rule's limit, and the cap is not below."""
        size = abs(minor)
        if size > self.cap_minor.get(currency, 0):
            return False
        if self.limit_minor is None and self.limit_basis_points is None:
            return True
        share = size * BASIS <= abs(of_minor) * (self.limit_basis_points or 0)
        return share or size <= (self.limit_minor or 0)


@dataclass(frozen=True, slots=True)
class CapKey:
    """What a cap counts: one rule, one PSP, one currency, one day of reconciliation."""

    rule_id: str
    psp: str
    currency: str
    day: str


@dataclass(frozen=True, slots=True)
class CapDraw:
    """An amount taken from a cap, minor units and never below zero."""

    key: CapKey
    amount_minor: int
    cap_minor: int


@dataclass(frozen=True, slots=True)
class CapUse:
    """What a rule has settled so far: how many breaks, and how much in minor units."""

    key: CapKey
    count: int
    used_minor: int


@dataclass(frozen=True, slots=True)
class Grace:
    """Days that something may be late before a person has to look.

    A PSP's lines and orphaned returns by the calendar, the bank's by its working days.
    """

    psp_days: int = 3
    bank_days: int = 2
    orphan_days: int = 1


@dataclass(frozen=True, slots=True)
class ReconciliationRules:
    """The whole section. `fees` is by PSP: what its contract takes of a capture.

    `rates` are the booked rates: minor units of the second currency per million minor units of the
    first. `reference` are the day's reference rates, for what a PSP says it converted and `rates`
    have no pair for. `approval_above_minor` is what one person may close alone.
    """

    grace: Grace = field(default_factory=Grace)
    fees: Mapping[str, ContractFee] = field(default_factory=dict)
    rules: Mapping[RuleId, AutoRule] = field(default_factory=dict)
    rates: Mapping[tuple[str, str], int] = field(default_factory=dict)
    approval_above_minor: Mapping[str, int] = field(default_factory=dict)
    reference: RateTable | None = None

    def fee_of(self, psp: str) -> ContractFee:
        """What the PSP's contract takes. Raises LookupError for a PSP without one."""
        if psp not in self.fees:
            raise LookupError(f"the market's rules have no contract with {psp}")
        return self.fees[psp]

    def needs_approval(self, at_stake: Mapping[str, int]) -> bool:
        """Whether a second person has to agree, by what is at stake in each currency.

        A currency without an entry always needs one: nobody has said what is little in it.
        """
        limits = self.approval_above_minor
        return any(abs(minor) > limits.get(code, 0) for code, minor in at_stake.items())

    def converted(self, minor: int, source: str, target: str) -> int | None:
        """An amount at the booked rate, rounded half away from zero; None without a rate.

        At a reference rate it is rounded as every conversion is, half to even.
        """
        rate = self.rates.get((source, target))
        if rate is None:
            return self._at_reference(minor, source, target)
        sign = -1 if minor < 0 else 1
        return sign * ((abs(minor) * rate * 2 + MILLION) // (2 * MILLION))

    def _at_reference(self, minor: int, source: str, target: str) -> int | None:
        if self.reference is None:
            return None
        try:
            return exchanged(minor, source, target, self.reference.mid(source, target))
        except Invalid:
            # The source has no rate of that currency.
            return None


_SECTION = frozenset({"grace", "contracts", "rules", "approval_above_minor"})
_GRACE = frozenset({"psp_days", "bank_days", "orphan_days"})
_CONTRACT = frozenset({"per_mille", "fixed_minor"})
_RULE = frozenset({"version", "cap_minor"})
_LIMITS = frozenset({"limit_minor", "limit_basis_points"})
_LIMITED: Mapping[RuleId, frozenset[str]] = MappingProxyType(
    {
        RuleId.FEE_VARIANCE: _LIMITS,
        RuleId.ROUNDING: frozenset({"limit_minor"}),
        RuleId.FX_VARIANCE: frozenset({"limit_basis_points"}),
        RuleId.RESERVE_MOVEMENT: frozenset(),
        RuleId.UNALLOCATED: frozenset(),
    }
)
_NONE = frozenset[str]()


def parse_reconciliation(document: Mapping[str, object]) -> ReconciliationRules:
    """The section `reconciliation` of the market's rules, as JSON has them.

    Strict: raises Invalid naming the path for anything unknown, missing or out of its bounds.
    """
    section = Part(document.get("reconciliation"), "reconciliation")
    parts = section.fields(_SECTION, frozenset({"rates"}))
    contracts, rules = parts["contracts"].entries(), parts["rules"].entries()
    return ReconciliationRules(
        grace=_grace(parts["grace"]),
        fees=MappingProxyType({psp: _contract(at) for psp, at in contracts.items()}),
        rules=MappingProxyType({_rule_id(name, at): _rule(name, at) for name, at in rules.items()}),
        rates=_rates(parts["rates"]) if "rates" in parts else MappingProxyType({}),
        approval_above_minor=parts["approval_above_minor"].amounts(),
    )


def _grace(part: Part) -> Grace:
    parts = part.fields(_GRACE, _NONE)
    return Grace(**{name: at.whole(DAYS_MAX) for name, at in parts.items()})


def _contract(part: Part) -> ContractFee:
    parts = part.fields(_CONTRACT, _NONE)
    per_mille, fixed = parts["per_mille"].whole(PER_MILLE), parts["fixed_minor"].whole()
    return part.built(lambda: ContractFee(per_mille, fixed))


def _rule_id(name: str, part: Part) -> RuleId:
    try:
        return RuleId(name)
    except ValueError:
        raise part.refused(f"one of {', '.join(RuleId)} is needed") from None


def _rule(name: str, part: Part) -> AutoRule:
    rule_id = _rule_id(name, part)
    # A limit that is forgotten would be none at all.
    parts = part.fields(_RULE | _LIMITED[rule_id], _NONE)
    bounds: dict[str, Callable[[Part], int]] = {
        "limit_minor": Part.whole,
        "limit_basis_points": lambda at: at.whole(BASIS),
    }
    limits = {key: bound(parts[key]) for key, bound in bounds.items() if key in parts}
    version = parts["version"].whole(VERSION_MAX)
    return AutoRule(rule_id, version, parts["cap_minor"].amounts(), **limits)


def _rates(part: Part) -> Mapping[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for pair, at in part.entries().items():
        source, _, target = pair.partition("/")
        if not {source, target} <= EXPONENTS.keys() or source == target:
            raise at.refused("two ISO 4217 currency codes such as USD/EUR are needed")
        found[source, target] = at.whole(RATE_MAX)
    return MappingProxyType(found)
