import pytest

from countinghouse.domain.currencies import CURRENCIES
from countinghouse.domain.money import EXPONENTS


@pytest.mark.parametrize(
    ("code", "exponent", "number"),
    [
        ("EUR", 2, "978"),
        ("USD", 2, "840"),
        ("JPY", 0, "392"),
        ("ALL", 2, "008"),
        ("KWD", 3, "414"),
        ("THB", 2, "764"),
        ("SGD", 2, "702"),
        ("BRL", 2, "986"),
        ("VND", 0, "704"),
        ("INR", 2, "356"),
        ("UYW", 4, "927"),
    ],
)
def test_exponents_and_numbers_are_iso_4217s(code: str, exponent: int, number: str) -> None:
    assert CURRENCIES[code] == (exponent, number)
    assert EXPONENTS[code] == exponent


@pytest.mark.parametrize("code", ["XAU", "XAG", "XDR", "XTS", "XXX", "CLF", "CHE", "USN", "UYI"])
def test_nobody_is_paid_in_metals_funds_and_test_codes(code: str) -> None:
    assert code not in CURRENCIES


@pytest.mark.parametrize("code", ["ANG", "BGN"])
def test_money_booked_in_a_withdrawn_currency_can_still_be_read(code: str) -> None:
    assert EXPONENTS[code] == 2


def test_a_number_names_one_currency_but_for_the_one_that_was_passed_on() -> None:
    numbers = [number for code, (_, number) in CURRENCIES.items() if code != "ANG"]

    assert len(set(numbers)) == len(numbers)
    assert all(len(number) == 3 and number.isdigit() for number in numbers)
    assert CURRENCIES["ANG"] == CURRENCIES["XCG"]
