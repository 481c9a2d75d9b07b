from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.conversion import half_even
from countinghouse.domain.errors import Invalid
from tests.converted import a_conversion

AMOUNTS = st.integers(1, 10**12)


@pytest.mark.parametrize(
    ("numerator", "denominator", "whole"),
    [
        *((1, 2, 0), (3, 2, 2), (5, 2, 2), (7, 2, 4), (-1, 2, 0), (-3, 2, -2), (-5, 2, -2)),
        *((4, 3, 1), (5, 3, 2), (-4, 3, -1), (-5, 3, -2), (0, 7, 0), (14, 7, 2)),
    ],
)
def test_of_two_as_near_the_even_one(numerator: int, denominator: int, whole: int) -> None:
    assert half_even(numerator, denominator) == whole


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**15))
def test_it_rounds_as_the_standard_library_does(numerator: int, denominator: int) -> None:
    assert half_even(numerator, denominator) == round(Fraction(numerator, denominator))


@pytest.mark.parametrize(("seller", "mid"), [(0, 5), (-1, 5), (6, 5), (0, 0)])
def test_a_seller_gets_something_and_no_more_than_it_is_worth(seller: int, mid: int) -> None:
    with pytest.raises(Invalid):
        a_conversion(seller, mid)


def test_a_conversion_may_be_without_spread() -> None:
    assert a_conversion(5, 5).seller_minor == 5


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.lists(st.integers(0, 10**9), max_size=8))
def test_shares_add_up_to_the_whole_however_it_is_cut(
    of: int, first: int, second: int, cuts: list[int]
) -> None:
    seller, mid = sorted((first, second))
    deal = a_conversion(seller, mid)
    marks = sorted({0, of, *(cut % (of + 1) for cut in cuts)})

    shares = [deal.seller_share(mark, of) for mark in marks]

    assert shares == sorted(shares)
    assert (shares[0], shares[-1], deal.mid_share(of, of)) == (0, seller, mid)
    assert all(deal.mid_share(mark, of) >= deal.seller_share(mark, of) for mark in marks)
