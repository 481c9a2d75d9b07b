"""A rule settles what is within its limit, the whole of it, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from countinghouse.domain.auto_rules import RULE_FOR, Settling
from countinghouse.domain.break_codes import judge
from countinghouse.domain.break_journals import Share
from countinghouse.domain.break_rules import AutoRule, CapDraw, CapKey, RuleId
from countinghouse.domain.breaks import BreakCode
from countinghouse.domain.difference import Sides
from tests.breaks import DAY, RULES, a_difference


def settling(
    sides: Sides = Sides.BOTH, category: str = "capture", **changes: Any
) -> Settling | None:
    return judge(a_difference(sides, category, **changes), DAY, RULES).settling


@pytest.mark.parametrize(("fee", "within"), [(121, True), (125, True), (120, False), (126, False)])
def test_a_small_fees_variance_of_two_minor_units_is_within(fee: int, within: bool) -> None:
    found = settling(fee=fee)

    assert (found is not None) is within
    if found is not None:
        assert found.rule.name == "fee_variance@1"
        assert found.shares == (Share("psp_fee_expense", "EUR", fee - 123),)
        assert found.amount_minor == 2


@pytest.mark.parametrize(
    ("variance", "within"), [(20, True), (-20, True), (21, False), (-21, False)]
)
def test_a_large_fees_variance_of_two_per_cent_is_within(variance: int, within: bool) -> None:
    found = settling(expected_fee=1_000, fee=1_000 + variance)

    assert (found is not None) is within


@pytest.mark.parametrize("amount", [6_999, 7_001])
def test_one_minor_unit_goes_to_rounding(amount: int) -> None:
    found = settling(their_amount=amount)

    assert found is not None
    assert found.shares == (Share("rounding", "EUR", 7_000 - amount),)
    assert (found.currency, found.amount_minor) == ("EUR", 1)


@pytest.mark.parametrize("fee", [122, 124])
def test_one_minor_unit_beside_another_fee_is_a_persons(fee: int) -> None:
    assert settling(their_amount=7_001, fee=fee) is None


@pytest.mark.parametrize(
    ("arrived", "result"), [(7_200, None), (7_164, 36), (7_236, -36), (7_163, 0), (7_237, 0)]
)
def test_half_a_per_cent_of_the_booked_rate_goes_to_gain_and_loss(
    arrived: int, result: int | None
) -> None:
    found = settling(our_currency="USD", our_amount=8_000, their_amount=arrived)

    if result == 0:
        assert found is None
        return
    assert found is not None
    booked = (Share("fx_position", "USD", 8_000), Share("fx_position", "EUR", -7_200))
    lost = () if result is None else (Share("fx_gain_loss", "EUR", result),)
    assert found.shares == booked + lost
    assert (found.currency, found.amount_minor) == ("EUR", abs(result or 0))


def test_a_conversion_with_another_fee_is_a_persons() -> None:
    assert settling(our_currency="USD", our_amount=8_000, their_amount=7_200, fee=124) is None


@pytest.mark.parametrize(
    ("category", "amount"), [("reserve_held", -50_000), ("reserve_released", 50_000)]
)
def test_a_reserve_moves_between_the_psps_two_accounts(category: str, amount: int) -> None:
    found = settling(Sides.THEIRS, category, their_amount=amount, fee=0, expected_fee=0)

    assert found is not None
    assert found.shares == (Share("psp_reserve", "EUR", -amount),)


def test_a_line_without_a_journal_is_parked() -> None:
    found = settling(Sides.THEIRS)

    assert found is not None
    assert found.rule.rule_id is RuleId.UNALLOCATED
    assert found.shares == (Share("unallocated", "EUR", -7_000),)


@pytest.mark.parametrize(
    "changes",
    [
        {"their_amount": 50_001},
        {"their_amount": 7_000, "their_currency": "USD"},
    ],
)
def test_more_than_the_cap_or_a_currency_without_one_is_a_persons(changes: dict[str, Any]) -> None:
    assert settling(Sides.THEIRS, "reserve_released", **changes) is None


def test_a_rule_that_is_left_out_settles_nothing() -> None:
    none = replace(RULES, rules={})

    assert judge(a_difference(fee=124), DAY, none).settling is None


def test_what_may_settle_by_itself_is_left_alone() -> None:
    assert judge(a_difference(Sides.OURS), DAY, RULES).settling is None
    assert judge(a_difference(Sides.THEIRS, "refund"), DAY, RULES).settling is None


NEVER = {*BreakCode} - {*RULE_FOR}


def test_the_codes_that_no_rule_may_touch() -> None:
    assert {
        BreakCode.AMOUNT_OVER,
        BreakCode.AMOUNT_UNDER,
        BreakCode.CURRENCY_MISMATCH,
        BreakCode.SPLIT_MISMATCH,
        BreakCode.DUPLICATE_AT_PSP,
        BreakCode.PAYOUT_BANK_MISSING,
        BreakCode.UNKNOWN_CATEGORY,
    } <= NEVER
    assert settling(their_amount=6_998) is None
    assert settling(Sides.THEIRS, parent_known=True) is None


def test_a_draw_is_on_the_cap_of_the_runs_day() -> None:
    rule = AutoRule(RuleId.ROUNDING, 2, {"EUR": 3}, 1)
    found = Settling(rule, (Share("rounding", "EUR", -1),), "EUR", 1)

    key = CapKey("rounding", "sandbox", "EUR", DAY)
    assert found.draw("sandbox", DAY) == CapDraw(key, 1, 3)
