"""What a difference is called, what it leaves on the PSP's account, and whether a rule settles it.

Pure: the same difference judged for the same day by the same rules is the same judgement. The codes
are those of docs/reconciliation.md, what is worse or says more comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from countinghouse.domain.auto_rules import Settling, settling_of
from countinghouse.domain.break_residuals import (
    converted_gap,
    fee_variance,
    gap,
    residuals_of,
    said_of,
)
from countinghouse.domain.break_rules import ReconciliationRules
from countinghouse.domain.breaks import BreakCode, BreakStatus, Residuals, break_id
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.errors import Invalid
from countinghouse.domain.settlement import BankCategory, Category
from countinghouse.records import dataclass

C = BreakCode
S = BreakStatus

DUPLICATE_LINE = "duplicate_line"
LINE_REJECTED = "line_rejected"
"""Categories of a difference that taking in a file makes, beside those of its lines."""

_RETURNS = frozenset({Category.REFUND, Category.CHARGEBACK})
_RETURNS_AND_REVERSALS = _RETURNS | {Category.REFUND_REVERSAL, Category.CHARGEBACK_REVERSAL}
_WEEKEND = 5
"""Saturday and Sunday are days 5 and 6: banks move nothing then."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a difference makes; without `settling` no rule may act on it.

    `status` is EXPECTED or OPEN, or VOID for a DUPLICATE_LINE: it was dropped when its file was
    taken in, and is only told of.
    """

    code: BreakCode
    status: BreakStatus
    residuals: Residuals
    settling: Settling | None = None
    detail: str = ""


def judge(difference: Difference, run_day: str, rules: ReconciliationRules) -> Judgement:
    """The judgement on a difference, made for the run of `run_day`.

    Raises Invalid for a difference in which nothing differs.
    """
    residuals = residuals_of(difference)
    code, status, detail = _BY_SIDES[difference.sides](difference, run_day, rules)
    settling = settling_of(code, difference, residuals, rules) if status is S.OPEN else None
    return Judgement(code, status, residuals, settling, detail)


def working_days(first: str, last: str) -> int:
    """Days on which banks work after `first`, up to and with `last`."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(day.weekday() < _WEEKEND for day in days)


def calendar_days(first: str, last: str) -> int:
    """Days from `first` to `last`."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


_Verdict = tuple[BreakCode, BreakStatus, str]


def _ours(difference: Difference, run_day: str, rules: ReconciliationRules) -> _Verdict:
    if calendar_days(difference.day, run_day) <= rules.grace.psp_days:
        return C.TIMING, S.EXPECTED, "in no file yet"
    return C.MISSING_AT_PSP, S.OPEN, f"in no file {rules.grace.psp_days} days later"


def _theirs(difference: Difference, run_day: str, rules: ReconciliationRules) -> _Verdict:
    category = difference.category
    if category == DUPLICATE_LINE:
        return C.DUPLICATE_LINE, S.VOID, "the same line again, which was dropped"
    if category == LINE_REJECTED:
        return C.LINE_REJECTED, S.OPEN, "a line that cannot be read stops its file"
    if category == Category.UNKNOWN:
        return C.UNKNOWN_CATEGORY, S.OPEN, "a type that nobody mapped stops its file"
    if category in (Category.RESERVE_HELD, Category.RESERVE_RELEASED):
        return C.RESERVE_MOVEMENT, S.OPEN, "withheld or released by the PSP"
    if category == Category.FEE:
        return C.FEE_VARIANCE, S.OPEN, "a fee that no contract knows"
    if category in _RETURNS_AND_REVERSALS:
        return _returned(difference, run_day, rules)
    if category == Category.CAPTURE and difference.parent_known:
        return C.DUPLICATE_AT_PSP, S.OPEN, "its order has another charge that was captured"
    return C.MISSING_IN_LEDGER, S.OPEN, "a line without a journal"


def _returned(difference: Difference, run_day: str, rules: ReconciliationRules) -> _Verdict:
    """A refund or chargeback, or the reversal of one, that the ledger does not have."""
    if _is_double(difference):
        return C.DOUBLE_RETURN, S.OPEN, "returned beyond what was captured: contest it"
    if difference.parent_known:
        return C.STATUS_MISMATCH, S.OPEN, "the PSP returned what we know as captured"
    waits = calendar_days(difference.day, run_day) <= rules.grace.orphan_days
    status = S.EXPECTED if waits else S.OPEN
    return C.REFUND_OR_CHARGEBACK_ORPHAN, status, "a return of a charge that nobody knows"


def _both(difference: Difference, _: str, rules: ReconciliationRules) -> _Verdict:
    if _is_double(difference):
        return C.DOUBLE_RETURN, S.OPEN, "returned beyond what was captured: contest it"
    if difference.our_currency != difference.their_currency:
        return _converted(difference, rules)
    apart = gap(difference)
    if abs(apart) == 1:
        return C.ROUNDING, S.OPEN, "one minor unit apart"
    if apart and difference.checkout_id and not difference.checkout_open and _is_part(difference):
        return C.SPLIT_MISMATCH, S.OPEN, "the checkout's total is right, this part is not"
    if apart:
        return _amount(apart)
    if residuals_of(difference):
        return C.FEE_VARIANCE, S.OPEN, f"{fee_variance(difference)} beyond the contract's fee"
    raise Invalid(f"nothing differs in {difference.anchor}")


def _converted(difference: Difference, rules: ReconciliationRules) -> _Verdict:
    """Another currency: converted at another rate than the booked one, or wrong without one.

    What a PSP says it converted has to be what we booked, in currency and amount.
    """
    ours, theirs = difference.our_currency, difference.their_currency
    if difference.original_currency not in ("", ours):
        return C.CURRENCY_MISMATCH, S.OPEN, "converted from another currency than booked"
    if converted_gap(difference):
        return _amount(converted_gap(difference))
    booked = rules.converted(difference.our_amount, ours, theirs)
    if booked is None and difference.original_currency:
        return C.FX_VARIANCE, S.OPEN, "converted, and there is no rate of that day to judge it by"
    if booked is None:
        return C.CURRENCY_MISMATCH, S.OPEN, "another currency than booked"
    apart = said_of(difference) - booked
    return C.FX_VARIANCE, S.OPEN, f"{apart} apart from what the booked rate gives"


def _bank_ours(difference: Difference, run_day: str, rules: ReconciliationRules) -> _Verdict:
    if difference.their_currency:
        return _amount(gap(difference))
    return _at_bank(difference, run_day, rules)


def _at_bank(difference: Difference, run_day: str, rules: ReconciliationRules) -> _Verdict:
    """Money that the bank has not shown, or not all of it: it may come on another day."""
    if working_days(difference.day, run_day) <= rules.grace.bank_days:
        return C.TIMING, S.EXPECTED, "not on the bank's statement yet"
    detail = f"not on the bank's statement {rules.grace.bank_days} working days later"
    return C.PAYOUT_BANK_MISSING, S.OPEN, detail


def _bank_theirs(difference: Difference, run_day: str, rules: ReconciliationRules) -> _Verdict:
    if difference.category == BankCategory.PAYOUT_RETURN:
        return C.PAYOUT_RETURNED, S.OPEN, "the bank sent back a payout that we hold as paid"
    early = working_days(difference.day, run_day) <= rules.grace.bank_days
    waits = early and difference.category != BankCategory.OTHER
    status = S.EXPECTED if waits else S.OPEN
    return C.MISSING_IN_LEDGER, status, "on the bank's statement, and nothing of ours answers it"


def _file(difference: Difference, run_day: str, rules: ReconciliationRules) -> _Verdict:
    if difference.category in (DUPLICATE_LINE, LINE_REJECTED):
        return _theirs(difference, run_day, rules)
    if not difference.our_currency:
        return _bank_theirs(difference, run_day, rules)
    if difference.their_currency not in ("", difference.our_currency):
        return C.CURRENCY_MISMATCH, S.OPEN, "the batch came in another currency"
    if not difference.their_currency or gap(difference) < 0:
        return _at_bank(difference, run_day, rules)
    return _amount(gap(difference))


def _amount(apart: int) -> _Verdict:
    if not apart:
        raise Invalid("nothing differs")
    code = C.AMOUNT_OVER if apart > 0 else C.AMOUNT_UNDER
    return code, S.OPEN, f"they say {abs(apart)} {'more' if apart > 0 else 'less'} than we do"


_BY_SIDES: Mapping[Sides, Callable[[Difference, str, ReconciliationRules], _Verdict]] = (
    MappingProxyType(
        {
            Sides.OURS: _ours,
            Sides.THEIRS: _theirs,
            Sides.BOTH: _both,
            Sides.BANK_OURS: _bank_ours,
            Sides.BANK_THEIRS: _bank_theirs,
            Sides.FILE: _file,
        }
    )
)


def _is_double(difference: Difference) -> bool:
    return difference.category in _RETURNS and difference.returned > 0


def _is_part(difference: Difference) -> bool:
    return difference.category == Category.CAPTURE


_ASPECTS: Mapping[Sides, str] = MappingProxyType(
    {
        Sides.OURS: "presence",
        Sides.THEIRS: "presence",
        Sides.BOTH: "terms",
        Sides.BANK_OURS: "bank",
        Sides.BANK_THEIRS: "bank",
        Sides.FILE: "file",
    }
)


def id_of(difference: Difference, psp: str) -> str:
    """The id of the break that a difference makes, whichever run finds it.

    That a movement was missing and that it came with another fee are two breaks: the first is
    matched when the second opens. A batch has one of its own in each currency.
    """
    aspect = _ASPECTS[difference.sides]
    if difference.sides is Sides.FILE:
        aspect += f":{difference.our_currency or difference.their_currency}"
    return break_id(psp, difference.anchor, aspect)
