from dataclasses import replace
from typing import Any

import pytest

from countinghouse.domain.break_codes import (
    DUPLICATE_LINE,
    LINE_REJECTED,
    Judgement,
    calendar_days,
    id_of,
    judge,
    working_days,
)
from countinghouse.domain.break_rules import ReconciliationRules
from countinghouse.domain.breaks import BreakCode, BreakStatus, break_id
from countinghouse.domain.difference import Sides
from countinghouse.domain.errors import Invalid
from countinghouse.domain.fx import RateTable, parse_decimal
from countinghouse.domain.reconciliation import shifted
from tests.breaks import DAY, RULES, a_difference

C = BreakCode
S = BreakStatus
REFUND = {"our_amount": -3_000, "their_amount": -3_000, "fee": 0, "expected_fee": 0}


def judged(sides: Sides, category: str = "capture", later: int = 0, **changes: Any) -> Judgement:
    return judge(a_difference(sides, category, **changes), shifted(DAY, later), RULES)


def code(sides: Sides, category: str = "capture", later: int = 0, **changes: Any) -> BreakCode:
    return judged(sides, category, later, **changes).code


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (0, (C.TIMING, S.EXPECTED)),
        (3, (C.TIMING, S.EXPECTED)),
        (4, (C.MISSING_AT_PSP, S.OPEN)),
        (40, (C.MISSING_AT_PSP, S.OPEN)),
    ],
)
def test_a_movement_in_no_file_waits_three_days(
    later: int, expected: tuple[BreakCode, BreakStatus]
) -> None:
    judgement = judged(Sides.OURS, later=later)

    assert (judgement.code, judgement.status) == expected
    assert judgement.settling is None


@pytest.mark.parametrize(
    ("category", "changes", "expected"),
    [
        ("capture", {}, C.MISSING_IN_LEDGER),
        ("capture", {"parent_known": True}, C.DUPLICATE_AT_PSP),
        ("adjustment", {}, C.MISSING_IN_LEDGER),
        ("refund", {"parent_known": True}, C.STATUS_MISMATCH),
        ("chargeback", {"parent_known": True}, C.STATUS_MISMATCH),
        ("refund_reversal", {"parent_known": True}, C.STATUS_MISMATCH),
        ("chargeback_reversal", {"parent_known": True}, C.STATUS_MISMATCH),
        ("refund", {"parent_known": True, "returned": 1}, C.DOUBLE_RETURN),
        ("chargeback", {"returned": 1}, C.DOUBLE_RETURN),
        ("capture", {"returned": 1}, C.MISSING_IN_LEDGER),
        ("reserve_held", {}, C.RESERVE_MOVEMENT),
        ("reserve_released", {}, C.RESERVE_MOVEMENT),
        ("fee", {}, C.FEE_VARIANCE),
        ("unknown", {}, C.UNKNOWN_CATEGORY),
        (LINE_REJECTED, {}, C.LINE_REJECTED),
    ],
)
def test_a_line_without_a_movement_is_named_by_what_it_tells_of(
    category: str, changes: dict[str, Any], expected: BreakCode
) -> None:
    judgement = judged(Sides.THEIRS, category, **changes)

    assert (judgement.code, judgement.status) == (expected, S.OPEN)


def test_a_line_that_stood_there_twice_is_told_of_and_wants_nothing() -> None:
    repeated = judged(Sides.THEIRS, DUPLICATE_LINE, their_currency="", their_amount=0, fee=0)

    assert (repeated.code, repeated.status) == (C.DUPLICATE_LINE, S.VOID)
    assert repeated.settling is None


@pytest.mark.parametrize("category", ["refund", "chargeback", "refund_reversal"])
@pytest.mark.parametrize(
    ("later", "status"), [(0, S.EXPECTED), (1, S.EXPECTED), (2, S.OPEN), (9, S.OPEN)]
)
def test_a_return_of_a_charge_nobody_knows_is_parked_a_day(
    category: str, later: int, status: BreakStatus
) -> None:
    judgement = judged(Sides.THEIRS, category, later)

    assert (judgement.code, judgement.status) == (C.REFUND_OR_CHARGEBACK_ORPHAN, status)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"their_amount": 7_001}, C.ROUNDING),
        ({"their_amount": 6_999}, C.ROUNDING),
        ({"their_amount": 7_002}, C.AMOUNT_OVER),
        ({"their_amount": 6_998}, C.AMOUNT_UNDER),
        ({"their_amount": 6_998, "fee": 200}, C.AMOUNT_UNDER),
        ({"fee": 124}, C.FEE_VARIANCE),
        ({"fee": 0}, C.FEE_VARIANCE),
        ({"their_currency": "JPY"}, C.CURRENCY_MISMATCH),
        ({"our_currency": "USD", "our_amount": 8_000}, C.FX_VARIANCE),
        ({"our_currency": "EUR", "their_currency": "USD"}, C.CURRENCY_MISMATCH),
    ],
)
def test_what_met_and_differs_is_named_by_how(changes: dict[str, Any], expected: BreakCode) -> None:
    # The checkout's other orders do not make up for it.
    assert code(Sides.BOTH, checkout_open=99, **changes) is expected


def test_parts_that_are_wrong_in_a_checkout_that_is_right_are_a_split() -> None:
    apart: dict[str, Any] = {"their_amount": 6_500}

    assert code(Sides.BOTH, checkout_open=0, **apart) is C.SPLIT_MISMATCH
    assert code(Sides.BOTH, checkout_open=-500, **apart) is C.AMOUNT_UNDER
    assert code(Sides.BOTH, checkout_open=0, checkout_id="", **apart) is C.AMOUNT_UNDER
    assert code(Sides.BOTH, "refund", **{**REFUND, "our_amount": -9}) is C.AMOUNT_UNDER
    assert code(Sides.BOTH, checkout_open=0, their_amount=6_999) is C.ROUNDING


def test_a_return_beyond_the_capture_is_a_double_return_though_both_sides_agree() -> None:
    assert code(Sides.BOTH, "chargeback", returned=1, **REFUND) is C.DOUBLE_RETURN
    assert code(Sides.BOTH, "refund", returned=1, **REFUND) is C.DOUBLE_RETURN
    assert code(Sides.BOTH, "capture", returned=1, their_amount=1) is not C.DOUBLE_RETURN


@pytest.mark.parametrize("category", ["capture", "refund", "chargeback"])
def test_where_nothing_differs_there_is_no_break(category: str) -> None:
    with pytest.raises(Invalid, match="nothing differs"):
        judged(Sides.BOTH, category)


def test_a_chargeback_with_the_fee_the_ledger_booked_is_no_fee_variance() -> None:
    amounts = {"our_amount": -5_500, "their_amount": -4_000, "fee": 1_500, "expected_fee": 0}

    with pytest.raises(Invalid, match="nothing differs"):
        judged(Sides.BOTH, "chargeback", **amounts)
    assert code(Sides.BOTH, "chargeback", **{**amounts, "fee": 1_400}) is C.AMOUNT_OVER


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (0, (C.TIMING, S.EXPECTED)),
        (2, (C.TIMING, S.EXPECTED)),  # Friday
        (5, (C.PAYOUT_BANK_MISSING, S.OPEN)),  # Monday
    ],
)
def test_the_bank_has_two_working_days(later: int, expected: tuple[BreakCode, BreakStatus]) -> None:
    for sides in (Sides.BANK_OURS, Sides.FILE):
        judgement = judged(sides, "payout", later, their_currency="", their_amount=0)
        assert (judgement.code, judgement.status) == expected


def test_a_weekend_is_no_delay_of_the_banks() -> None:
    # Wednesday to Friday are two working days, and so they are on Sunday.
    absent = {"their_currency": "", "their_amount": 0}

    assert code(Sides.FILE, "payout", 4, **absent) is C.TIMING
    assert code(Sides.FILE, "payout", 5, **absent) is C.PAYOUT_BANK_MISSING


@pytest.mark.parametrize(
    ("category", "later", "expected"),
    [
        ("payout_return", 0, (C.PAYOUT_RETURNED, S.OPEN)),
        ("settlement", 0, (C.MISSING_IN_LEDGER, S.EXPECTED)),
        ("settlement", 5, (C.MISSING_IN_LEDGER, S.OPEN)),
        ("seller_payout", 2, (C.MISSING_IN_LEDGER, S.EXPECTED)),
        ("other", 0, (C.MISSING_IN_LEDGER, S.OPEN)),
    ],
)
def test_a_bank_line_that_nothing_of_ours_answers(
    category: str, later: int, expected: tuple[BreakCode, BreakStatus]
) -> None:
    judgement = judged(
        Sides.BANK_THEIRS, category, later, our_currency="", our_amount=0, order_id=""
    )

    assert (judgement.code, judgement.status) == expected
    assert judgement.residuals == ()
    assert judgement.settling is None


@pytest.mark.parametrize(
    ("later", "expected"),
    [(2, (C.TIMING, S.EXPECTED)), (5, (C.PAYOUT_BANK_MISSING, S.OPEN))],
)
def test_a_part_that_the_bank_lacks_is_late_as_the_whole_would_be(
    later: int, expected: tuple[BreakCode, BreakStatus]
) -> None:
    judgement = judged(Sides.FILE, "payout", later, their_amount=6_999)

    assert (judgement.code, judgement.status) == expected


def test_a_batch_is_compared_with_what_was_paid_out_or_arrived() -> None:
    assert code(Sides.FILE, "payout", their_amount=7_001) is C.AMOUNT_OVER
    assert code(Sides.FILE, "payout", their_currency="USD") is C.CURRENCY_MISMATCH
    assert code(Sides.FILE, "settlement", our_currency="", our_amount=0) is C.MISSING_IN_LEDGER
    assert code(Sides.FILE, LINE_REJECTED) is C.LINE_REJECTED
    with pytest.raises(Invalid, match="nothing differs"):
        code(Sides.FILE, "payout")


def test_a_payout_that_the_bank_shows_with_another_amount_is_a_persons() -> None:
    sent = {"our_amount": -5_000}

    assert code(Sides.BANK_OURS, "seller_payout", their_amount=-5_001, **sent) is C.AMOUNT_UNDER
    assert code(Sides.BANK_OURS, "seller_payout", their_amount=-4_999, **sent) is C.AMOUNT_OVER


def test_every_code_can_come_up() -> None:
    """What the tests above show one by one, in one place: no code is only a name."""
    nothing: dict[str, Any] = {"our_currency": "", "our_amount": 0}
    found = {
        code(Sides.OURS),
        code(Sides.OURS, later=4),
        code(Sides.THEIRS),
        code(Sides.THEIRS, parent_known=True),
        code(Sides.THEIRS, "refund"),
        code(Sides.THEIRS, "refund", parent_known=True),
        code(Sides.THEIRS, "refund", returned=1),
        code(Sides.THEIRS, "reserve_held"),
        code(Sides.THEIRS, "unknown"),
        code(Sides.THEIRS, LINE_REJECTED),
        code(Sides.THEIRS, DUPLICATE_LINE),
        code(Sides.BOTH, their_amount=8_000, checkout_open=1),
        code(Sides.BOTH, their_amount=6_000, checkout_open=1),
        code(Sides.BOTH, their_amount=6_000),
        code(Sides.BOTH, their_amount=7_001),
        code(Sides.BOTH, fee=1),
        code(Sides.BOTH, their_currency="JPY"),
        code(Sides.BOTH, our_currency="USD"),
        code(Sides.FILE, "payout", 9, their_currency=""),
        code(Sides.BANK_THEIRS, "payout_return", **nothing),
    }

    assert found == set(BreakCode)


def test_days_are_counted_from_the_day_after() -> None:
    assert calendar_days("2026-11-18", "2026-11-21") == 3
    assert [working_days("2026-11-20", shifted("2026-11-20", n)) for n in range(5)] == [
        *(0, 0, 0),
        *(1, 2),
    ]
    assert working_days("2026-11-20", "2026-11-18") == 0


def test_the_same_difference_is_the_same_break_whichever_run_finds_it() -> None:
    missing = a_difference(Sides.OURS)

    assert id_of(missing, "sandbox") == break_id("sandbox", "ledger:jrn_1", "presence")
    assert id_of(missing, "sandbox").startswith("brk_")
    assert len(id_of(missing, "sandbox")) == len("brk_") + 24


def test_breaks_about_something_else_have_other_ids() -> None:
    ids = [
        id_of(a_difference(Sides.OURS), "sandbox"),
        id_of(a_difference(Sides.OURS), "adyen"),
        id_of(a_difference(Sides.OURS, anchor="ledger:jrn_2"), "sandbox"),
        id_of(a_difference(Sides.BOTH), "sandbox"),
        id_of(a_difference(Sides.BANK_OURS), "sandbox"),
        id_of(a_difference(Sides.FILE), "sandbox"),
        id_of(a_difference(Sides.FILE, our_currency="USD"), "sandbox"),
    ]

    assert len({*ids}) == len(ids)
    assert id_of(a_difference(Sides.FILE, our_currency=""), "sandbox") == ids[5]


CONVERTED: dict[str, Any] = {
    "our_currency": "USD",
    "our_amount": 8_000,
    "their_amount": 7_161,
    "original_currency": "USD",
    "original_gross": 8_000,
}
AT_REFERENCE = replace(
    RULES, rates={}, reference=RateTable("ecb", DAY, {"USD": parse_decimal("1.1172")})
)


def converted(rules: ReconciliationRules, category: str = "capture", **changes: Any) -> Judgement:
    difference = a_difference(Sides.BOTH, category, **{**CONVERTED, **changes})
    return judge(replace(difference, fee=0, expected_fee=0), DAY, rules)


def test_what_the_psp_converted_is_judged_by_the_reference_rate_of_its_day() -> None:
    found = converted(AT_REFERENCE)

    assert (found.code, found.settling is not None) == (C.FX_VARIANCE, True)
    assert found.residuals == (("EUR", -7_161), ("USD", 8_000))
    assert converted(AT_REFERENCE, their_amount=7_100).settling is None, "85 basis points"


def test_without_a_rate_of_that_day_a_person_judges_a_conversion() -> None:
    found = converted(replace(RULES, rates={}))

    assert (found.code, found.status, found.settling) == (C.FX_VARIANCE, S.OPEN, None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"original_gross": 7_990}, C.AMOUNT_UNDER),
        ({"original_gross": 8_001}, C.AMOUNT_OVER),
        ({"original_currency": "GBP"}, C.CURRENCY_MISMATCH),
        ({"original_currency": "", "original_gross": 0}, C.FX_VARIANCE),
    ],
)
def test_what_was_converted_has_to_be_what_we_booked(
    changes: dict[str, Any], expected: BreakCode
) -> None:
    found = converted(RULES, **changes)

    assert found.code is expected
    assert found.settling is None, "and is nothing for a rule"


def test_a_chargeback_is_converted_with_its_fee() -> None:
    # USD 40.00 and a fee of 15.00 were taken from us; what is converted names the money alone.
    back = {"our_amount": -5_500, "their_amount": -3_580, "original_gross": -4_000}
    difference = a_difference(Sides.BOTH, "chargeback", **{**CONVERTED, **back})

    found = judge(replace(difference, fee=1_343, expected_fee=0), DAY, AT_REFERENCE)

    assert found.code is C.FX_VARIANCE
    assert found.residuals == (("EUR", 4_923), ("USD", -5_500))
    assert found.settling is not None
    assert found.settling.amount_minor == 0
