import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Invalid
from countinghouse.domain.money import EXPONENTS, Money, allocate
from tests.strategies import money, totals, weights


@given(totals, weights)
def test_a_split_loses_nothing(total: int, parts: list[int]) -> None:
    split = allocate(total, parts)

    assert sum(split) == total
    assert len(split) == len(parts)


@given(totals, weights)
def test_each_part_is_within_one_unit_of_its_exact_share(total: int, parts: list[int]) -> None:
    whole = sum(parts)

    for got, weight in zip(allocate(total, parts), parts, strict=True):
        assert abs(got * whole - total * weight) < whole


@given(totals, st.integers(1, 50))
def test_equal_weights_differ_by_one_unit_and_the_earlier_gets_it(total: int, count: int) -> None:
    split = allocate(total, [7] * count)

    assert split == sorted(split, reverse=True)
    assert max(split) - min(split) <= 1


@given(totals, weights)
def test_a_part_without_weight_gets_nothing(total: int, parts: list[int]) -> None:
    split = allocate(total, [*parts, 0])

    assert split[-1] == 0


def test_what_is_left_over_goes_to_the_largest_remainder_and_not_to_the_largest_part() -> None:
    # Exact shares: 3 1/3 and 1 2/3.
    assert allocate(5, [4, 2]) == [3, 2]


@pytest.mark.parametrize("parts", [[], [0], [0, 0], [1, -1], [2, -1]])
def test_weights_that_split_nothing_are_refused(parts: list[int]) -> None:
    with pytest.raises(Invalid):
        allocate(100, parts)


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (1_050, "EUR", "EUR 10.50"),
        (-5, "EUR", "EUR -0.05"),
        (1_050, "JPY", "JPY 1050"),
        (1_050, "KWD", "KWD 1.050"),
        (0, "UYW", "UYW 0.0000"),
    ],
)
def test_minor_units_come_from_the_currencys_own_exponent(
    minor: int, currency: str, shown: str
) -> None:
    assert Money(minor, currency).display() == shown


@given(money, money)
def test_adding_takes_one_currency_and_subtracting_undoes_it(left: Money, right: Money) -> None:
    if left.currency == right.currency:
        assert left + right - right == left
        assert left + -left == Money(0, left.currency)
    else:
        with pytest.raises(Invalid):
            left + right
        with pytest.raises(Invalid):
            left - right


def test_a_sum_and_a_difference_are_exact() -> None:
    assert Money(1_050, "EUR") + Money(-50, "EUR") == Money(1_000, "EUR")
    assert Money(1_050, "EUR") - Money(50, "EUR") == Money(1_000, "EUR")


def test_two_currencies_do_not_add_up() -> None:
    with pytest.raises(Invalid) as refusal:
        Money(1, "EUR") + Money(1, "JPY")

    assert refusal.value.field == "currency"


@pytest.mark.parametrize("minor", [True, 1.0, "1", None])
def test_only_an_integer_is_an_amount(minor: object) -> None:
    with pytest.raises(Invalid) as refusal:
        Money(minor, "EUR")  # type: ignore[arg-type]

    assert refusal.value.field == "amount"


@pytest.mark.parametrize("currency", ["eur", "EU", "XXX", "BTC", ""])
def test_only_iso_currencies_exist(currency: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Money(1, currency)

    assert refusal.value.field == "currency"


def test_the_exponent_table_is_iso_4217s() -> None:
    assert {EXPONENTS[c] for c in ("JPY", "KRW", "ISK")} == {0}
    assert {EXPONENTS[c] for c in ("EUR", "USD", "HUF")} == {2}
    assert {EXPONENTS[c] for c in ("KWD", "BHD", "TND")} == {3}
    assert len(EXPONENTS) > 150
    assert all(len(code) == 3 and code.isupper() for code in EXPONENTS)
