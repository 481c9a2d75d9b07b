from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Invalid, Unavailable
from countinghouse.domain.fx import (
    QuoteRequest,
    RateTable,
    Ratio,
    convert,
    draw_quote,
    exchanged,
    fresh,
    parse_decimal,
    parse_ratio,
    quote_for,
)
from countinghouse.domain.fx_rules import FxRules
from countinghouse.domain.instants import DAY, MINUTE, start_of_day
from countinghouse.domain.money import EXPONENTS
from tests.builders import NOW
from tests.converted import RATES, TODAY, a_quote, days_before

RULES = FxRules(5, 30 * MINUTE, 150, {"USD/EUR": 100})
WISH = QuoteRequest("fxq_1", "USD", "EUR", None, "f")
RATIOS = st.builds(Ratio, st.integers(1, 10**9), st.integers(1, 10**9))
CODES = st.sampled_from(["JPY", "EUR", "KWD", "UYW", "USD"])


def test_a_ratio_is_in_lowest_terms() -> None:
    assert Ratio(4, 6) == Ratio(2, 3)
    assert str(Ratio(4, 6)) == "2/3"


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 1), (1, 0), (-1, 2), (1, -2), (-1, -1)])
def test_a_rate_is_above_zero(numerator: int, denominator: int) -> None:
    with pytest.raises(Invalid) as refusal:
        Ratio(numerator, denominator)

    assert refusal.value.field == "rate"


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("1.1172", Ratio(2793, 2500)),
        ("175.68", Ratio(4392, 25)),
        ("1", Ratio(1)),
        ("0.5", Ratio(1, 2)),
    ],
)
def test_a_decimal_is_taken_exactly(text: str, ratio: Ratio) -> None:
    assert parse_decimal(text) == ratio


@pytest.mark.parametrize(
    "text",
    ["", "0", "0.000", "-1", "+1", "1e3", "1,5", ".5", "5.", "NaN", " 1", "1\n", "١", "1" * 13],
)
def test_anything_but_plain_digits_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_decimal(text)

    assert refusal.value.field == "rate"


@given(RATIOS)
def test_a_ratio_is_read_back_as_it_was_written(ratio: Ratio) -> None:
    assert parse_ratio(str(ratio)) == ratio


@pytest.mark.parametrize("text", ["", "1", "1/", "/2", "1/2/3", "-1/2", "1/0", "a/b"])
def test_what_is_no_ratio_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_ratio(text)

    assert refusal.value.field == "rate"


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        (Ratio(1), "1.00000000"),
        (Ratio(2, 3), "0.66666667"),
        (Ratio(2500, 2793), "0.89509488"),
        (Ratio(1, 10), "0.10000000"),
        (Ratio(1, 20), "0.050000000"),
        (Ratio(1, 20_000), "0.000050000000"),
        (Ratio(20_000), "20000.00000000"),
    ],
)
def test_people_see_a_decimal(ratio: Ratio, shown: str) -> None:
    assert ratio.decimal() == shown


def test_a_cross_rate_goes_through_the_euro_exactly() -> None:
    assert RATES.mid("USD", "EUR") == Ratio(2500, 2793)
    assert RATES.mid("EUR", "USD") == Ratio(2793, 2500)
    # 175.68 / 1.1172
    assert RATES.mid("USD", "JPY") == Ratio(1_756_800, 11_172)


@given(st.sampled_from(["USD", "JPY", "GBP", "KWD", "EUR"]), st.sampled_from(["USD", "JPY", "EUR"]))
def test_there_and_back_is_one(first: str, second: str) -> None:
    assert RATES.mid(first, second).times(RATES.mid(second, first)) == Ratio(1)


@pytest.mark.parametrize(
    ("pair", "field"), [(("USD", "CHF"), "to_currency"), (("CHF", "USD"), "from_currency")]
)
def test_a_currency_without_a_rate_is_named(pair: tuple[str, str], field: str) -> None:
    with pytest.raises(Invalid, match="CHF") as refusal:
        RATES.mid(*pair)

    assert (refusal.value.code, refusal.value.field) == ("fx_currency_unknown", field)


@pytest.mark.parametrize("age", [0, 1, 5])
def test_rates_of_the_last_days_are_fresh(age: int) -> None:
    table = replace(RATES, as_of=days_before(age))

    assert fresh(table, start_of_day(TODAY), 5) is table
    assert fresh(table, start_of_day(TODAY) + DAY - 1, 5) is table


@pytest.mark.parametrize("age", [6, 400, -1])
def test_rates_too_old_or_to_come_are_no_rates(age: int) -> None:
    with pytest.raises(Unavailable) as refusal:
        fresh(replace(RATES, as_of=days_before(age)), NOW, 5)

    assert refusal.value.code == "fx_rate_unavailable"


def test_without_rates_there_is_no_quote() -> None:
    with pytest.raises(Unavailable) as refusal:
        draw_quote(WISH, None, RULES, NOW)

    assert refusal.value.code == "fx_rate_unavailable"


def test_a_quote_is_the_mid_rate_less_the_pairs_spread() -> None:
    quote = draw_quote(WISH, replace(RATES, as_of=days_before(2)), RULES, NOW)

    assert (quote.quote_id, quote.fingerprint, quote.amount_minor) == ("fxq_1", "f", None)
    assert quote.pair == ("USD", "EUR")
    assert (quote.mid, quote.rate) == (Ratio(2500, 2793), Ratio(2475, 2793))
    assert (quote.source, quote.as_of, quote.spread_basis_points) == ("ecb", days_before(2), 100)
    assert (quote.created_at, quote.expires_at) == (NOW, NOW + 30 * MINUTE)


def test_a_pair_is_not_its_reverse() -> None:
    wish = replace(WISH, from_currency="EUR", to_currency="USD", amount_minor=5)

    quote = draw_quote(wish, RATES, RULES, NOW)

    assert quote.spread_basis_points == 150
    assert quote.rate == Ratio(2793, 2500).times(Ratio(9_850, 10_000))
    assert quote.amount_minor == 5


def test_a_quote_is_between_two_currencies() -> None:
    with pytest.raises(Invalid) as refusal:
        draw_quote(replace(WISH, to_currency="USD"), RATES, RULES, NOW)

    assert refusal.value.field == "to_currency"


def test_stale_rates_make_no_quote() -> None:
    with pytest.raises(Unavailable):
        draw_quote(WISH, replace(RATES, as_of=days_before(6)), RULES, NOW)


@pytest.mark.parametrize(
    ("minor", "pair", "wanted"),
    [
        (7_000, ("USD", "EUR"), 6_266),
        (7_000, ("EUR", "JPY"), 12_298),
        (12_298, ("JPY", "EUR"), 7_000),
        (1, ("JPY", "KWD"), 2),
        (1, ("KWD", "JPY"), 1),
        (-7_000, ("USD", "EUR"), -6_266),
    ],
)
def test_exponents_are_the_currencies_own(minor: int, pair: tuple[str, str], wanted: int) -> None:
    assert exchanged(minor, *pair, RATES.mid(*pair)) == wanted


@given(st.integers(0, 10**12), CODES, CODES, RATIOS)
def test_an_amount_is_rounded_once(minor: int, first: str, second: str, rate: Ratio) -> None:
    exact = (
        Fraction(minor, 10 ** EXPONENTS[first])
        * Fraction(rate.numerator, rate.denominator)
        * 10 ** EXPONENTS[second]
    )

    assert exchanged(minor, first, second, rate) == round(exact)


def test_what_is_kept_is_the_spread_with_the_rounding_in_it() -> None:
    found = convert(7_000, a_quote())

    assert (found.minor, found.mid_minor, found.spread_minor) == (6_203, 6_266, 63)


def test_the_one_quote_of_a_pair_is_found() -> None:
    other = a_quote("GBP", "EUR", quote_id="fxq_2")

    assert quote_for(("USD", "EUR"), [other, a_quote()], NOW) == a_quote()
    assert quote_for(("USD", "EUR"), [a_quote()], NOW + 30 * MINUTE - 1) == a_quote()


@pytest.mark.parametrize(
    ("quotes", "later", "code"),
    [
        ([], 0, "fx_quote_required"),
        ([a_quote("EUR", "USD")], 0, "fx_quote_required"),
        ([a_quote()], 30 * MINUTE, "fx_quote_expired"),
        ([a_quote(), a_quote(quote_id="fxq_2")], 0, "fx_quote_mismatch"),
    ],
)
def test_a_quote_that_cannot_be_used(quotes: list, later: int, code: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(Invalid) as refusal:
        quote_for(("USD", "EUR"), quotes, NOW + later)

    assert (refusal.value.code, refusal.value.field) == (code, "fx_quotes")


def test_rates_know_their_source() -> None:
    assert draw_quote(WISH, RateTable("other", TODAY, RATES.per_euro), RULES, NOW).source == "other"
