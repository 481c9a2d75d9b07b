"""How a rule settles a break without a person, and when it may.

fee_variance      the whole residual is fee beyond the contract, and little of the fee
rounding          the whole residual is one minor unit
fx_variance       both currencies, little away from the booked rate
reserve_movement  what the PSP withheld or released
unallocated       a line without a journal: parked, and a person still looks at it
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from countinghouse.domain.break_journals import UNALLOCATED, Share
from countinghouse.domain.break_residuals import fee_variance, gap, said_of
from countinghouse.domain.break_rules import AutoRule, CapDraw, CapKey, ReconciliationRules, RuleId
from countinghouse.domain.breaks import BreakCode, Residuals
from countinghouse.domain.difference import Difference
from countinghouse.records import dataclass

R = RuleId

_FX_POSITION = "fx_position"
_FX_RESULT = "fx_gain_loss"


@dataclass(frozen=True, slots=True)
class Settling:
    """How a rule settles a break: where the residual goes, and what that draws from its cap."""

    rule: AutoRule
    shares: tuple[Share, ...]
    currency: str
    amount_minor: int

    def draw(self, psp: str, day: str) -> CapDraw:
        """What it takes from the cap of a PSP's day."""
        key = CapKey(self.rule.rule_id, psp, self.currency, day)
        return CapDraw(key, self.amount_minor, self.rule.cap_minor.get(self.currency, 0))


def settling_of(
    code: BreakCode, difference: Difference, residuals: Residuals, rules: ReconciliationRules
) -> Settling | None:
    """How a rule settles that difference; None when none may."""
    rule_id = RULE_FOR.get(code)
    rule = rules.rules.get(rule_id) if rule_id is not None else None
    if rule is None or not residuals:
        return None
    settling = _BY_RULE[rule.rule_id](rule, difference, residuals, rules)
    return settling if settling is not None and _is_whole(settling, residuals) else None


RULE_FOR: Mapping[BreakCode, RuleId] = MappingProxyType(
    {
        BreakCode.FEE_VARIANCE: R.FEE_VARIANCE,
        BreakCode.ROUNDING: R.ROUNDING,
        BreakCode.FX_VARIANCE: R.FX_VARIANCE,
        BreakCode.RESERVE_MOVEMENT: R.RESERVE_MOVEMENT,
        BreakCode.MISSING_IN_LEDGER: R.UNALLOCATED,
    }
)
"""The one rule for a code; any other code is a person's."""


def _is_whole(settling: Settling, residuals: Residuals) -> bool:
    """Whether the shares are the residual, to the minor unit: no rule leaves a rest."""
    sums: dict[str, int] = {}
    for share in settling.shares:
        sums[share.currency] = sums.get(share.currency, 0) + share.minor
    return sums == dict(residuals)


def _fee(
    rule: AutoRule, difference: Difference, _: Residuals, __: ReconciliationRules
) -> Settling | None:
    variance, currency = fee_variance(difference), difference.their_currency
    if gap(difference) or not rule.allows(variance, currency, difference.expected_fee):
        return None
    return Settling(rule, (Share("psp_fee_expense", currency, variance),), currency, abs(variance))


def _rounding(
    rule: AutoRule, difference: Difference, _: Residuals, __: ReconciliationRules
) -> Settling | None:
    apart, currency = -gap(difference), difference.their_currency
    if not rule.allows(apart, currency):
        return None
    return Settling(rule, (Share("rounding", currency, apart),), currency, abs(apart))


def _fx(
    rule: AutoRule, difference: Difference, _: Residuals, rules: ReconciliationRules
) -> Settling | None:
    """Both residuals go to the currencies' positions at the booked rate; the rest is the result."""
    ours, theirs = difference.our_currency, difference.their_currency
    booked = rules.converted(difference.our_amount, ours, theirs)
    if booked is None:
        return None
    result = booked - said_of(difference)
    if not rule.allows(result, theirs, booked):
        return None
    shares = [
        Share(_FX_POSITION, ours, difference.our_amount),
        Share(_FX_POSITION, theirs, -booked),
        Share(_FX_RESULT, theirs, result),
    ]
    moved = tuple(share for share in shares if share.minor)
    return Settling(rule, moved, theirs, abs(result))


def _to(
    kind: str,
) -> Callable[[AutoRule, Difference, Residuals, ReconciliationRules], Settling | None]:
    """The rule that moves the whole of a residual in one currency to one kind of account."""

    def settle(
        rule: AutoRule, _: Difference, residuals: Residuals, __: ReconciliationRules
    ) -> Settling | None:
        if len(residuals) != 1 or not rule.allows(residuals[0][1], residuals[0][0]):
            return None
        ((currency, minor),) = residuals
        return Settling(rule, (Share(kind, currency, minor),), currency, abs(minor))

    return settle


_BY_RULE: Mapping[
    RuleId, Callable[[AutoRule, Difference, Residuals, ReconciliationRules], Settling | None]
] = MappingProxyType(
    {
        R.FEE_VARIANCE: _fee,
        R.ROUNDING: _rounding,
        R.FX_VARIANCE: _fx,
        R.RESERVE_MOVEMENT: _to("psp_reserve"),
        R.UNALLOCATED: _to(UNALLOCATED),
    }
)
