"""The one formula: a movement, less what the settlement journal takes off for its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.break_residuals import (
    converted_gap,
    fee_variance,
    gap,
    residuals_of,
)
from countinghouse.domain.difference import Sides
from countinghouse.domain.settlement import BankCategory, Category
from tests.breaks import a_difference


def test_a_movement_that_is_in_no_file_is_left_whole() -> None:
    assert residuals_of(a_difference(Sides.OURS)) == (("EUR", 7_000),)


def test_a_line_without_a_movement_leaves_what_its_settlement_takes_off() -> None:
    line = a_difference(Sides.THEIRS, fee=130, expected_fee=123)

    assert residuals_of(line) == (("EUR", -6_993),)


def test_two_sides_that_agree_leave_nothing() -> None:
    assert residuals_of(a_difference()) == ()


def test_a_higher_fee_and_a_lower_gross_are_both_left() -> None:
    assert residuals_of(a_difference(their_amount=6_900, fee=126)) == (("EUR", 103),)
    assert residuals_of(a_difference(fee=120)) == (("EUR", -3),)


def test_two_currencies_are_left_each_in_its_own() -> None:
    apart = a_difference(our_currency="USD", our_amount=8_000, their_amount=7_200)

    assert residuals_of(apart) == (("EUR", -7_200), ("USD", 8_000))


def test_a_chargeback_is_booked_with_its_fee_and_compared_with_it() -> None:
    chargeback = a_difference(
        category="chargeback", our_amount=-5_500, their_amount=-4_000, fee=1_500, expected_fee=0
    )

    assert gap(chargeback) == 0
    assert residuals_of(chargeback) == ()


def test_the_gap_of_all_others_leaves_the_fee_out() -> None:
    assert gap(a_difference(fee=999, their_amount=6_999)) == -1


@pytest.mark.parametrize(
    ("category", "original", "expected"),
    [
        ("payment", ("USD", 7_010), 10),
        ("payment", ("USD", 6_999), -1),
        # They do not say what it was before they converted it.
        ("payment", ("", 0), 0),
        # A chargeback's fee is in ours and not in theirs.
        ("chargeback", ("USD", 7_010), 0),
        ("chargeback", ("", 0), 0),
    ],
)
def test_before_they_converted_it_they_say_so_much_more(
    category: str, original: tuple[str, int], expected: int
) -> None:
    currency, gross = original
    line = a_difference(
        category=category, our_currency="USD", original_currency=currency, original_gross=gross
    )

    assert converted_gap(line) == expected


@pytest.mark.parametrize("sides", [Sides.BANK_OURS, Sides.BANK_THEIRS, Sides.FILE])
def test_the_banks_differences_are_not_on_the_psps_account(sides: Sides) -> None:
    assert residuals_of(a_difference(sides, their_amount=1)) == ()


@pytest.mark.parametrize("category", sorted(BankCategory))
def test_neither_are_bank_lines_that_met_their_payout(category: str) -> None:
    assert residuals_of(a_difference(category=category, their_amount=1)) == ()


amounts = st.integers(-(10**12), 10**12)


@given(
    ours=st.tuples(st.sampled_from(["EUR", "JPY"]), amounts),
    theirs=st.tuples(st.sampled_from(["EUR", "JPY"]), amounts),
    fees=st.tuples(amounts, amounts),
    sides=st.sampled_from([Sides.OURS, Sides.THEIRS, Sides.BOTH]),
    category=st.sampled_from(sorted(Category)),
)
def test_what_is_left_is_the_movement_less_what_is_taken_off(
    ours: tuple[str, int],
    theirs: tuple[str, int],
    fees: tuple[int, int],
    sides: Sides,
    category: str,
) -> None:
    movement = ours if sides is not Sides.THEIRS else ("", 0)
    line, (fee, contract) = (theirs, fees) if sides is not Sides.OURS else (("", 0), (0, 0))
    difference = a_difference(
        sides,
        category,
        our_currency=movement[0],
        our_amount=movement[1],
        their_currency=line[0],
        their_amount=line[1],
        fee=fee,
        expected_fee=contract,
    )

    left = dict(residuals_of(difference))

    for currency in ("EUR", "JPY"):
        booked = movement[1] if movement[0] == currency else 0
        # Bank (net) and the contract's fee are what the settlement journal debits.
        taken = line[1] - fee + contract if line[0] == currency else 0
        assert left.get(currency, 0) == booked - taken
    assert 0 not in left.values()
    assert fee_variance(difference) == fee - contract
