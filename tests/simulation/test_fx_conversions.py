"""The issue's number: 100,000 generated conversions and allocations, nothing lost and nothing made.

Each draws a quote between two currencies of 0 to 4 decimals at a rate from a billionth to a
billion, converts a checkout by it, cuts the order into parts and takes the parts back again. What
has to hold is worked out a second time with `fractions.Fraction`. Then whole histories of converted
orders (tests/converted_market.py). `--seed 2` generates others.
"""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest

from countinghouse.domain.conversion import Conversion
from countinghouse.domain.fx import Quote, QuoteRequest, RateTable, Ratio, convert, draw_quote
from countinghouse.domain.fx_rules import FxRules
from countinghouse.domain.money import AMOUNT_MAX, EXPONENTS, allocate
from tests.builders import NOW
from tests.converted import TODAY
from tests.converted_market import ConvertedMarket, unwound
from tests.seller_market import played

CONVERSIONS = 100_000
HISTORIES = 4_000
CHUNKS = 10
BY_EXPONENT = {
    exponent: sorted(
        EXPONENTS.keys() - {"EUR"} - {c for c, e in EXPONENTS.items() if e != exponent}
    )
    for exponent in (0, 2, 3, 4)
}


def a_rate(chance: random.Random) -> Ratio:
    """An ordinary rate as a file has it, or one at the end of what can be."""
    if chance.random() < 0.2:
        return Ratio(
            *chance.choice([(1, 10**9), (10**9, 1), (1, 1), (3, 7), (10**9 + 7, 998_244_353)])
        )
    places = chance.randint(0, 6)
    return Ratio(chance.randint(1, 10 ** chance.randint(1, 10)), 10**places)


def a_quote(chance: random.Random) -> Quote:
    """A quote between two currencies whose exponents are drawn first: few have other than two."""
    pair = [chance.choice(BY_EXPONENT[chance.choice((0, 2, 3, 4))]) for _ in range(2)]
    if chance.random() < 0.3:
        pair[chance.randrange(2)] = "EUR"
    if pair[0] == pair[1]:
        pair[1] = "USD" if pair[0] != "USD" else "JPY"
    table = RateTable("ecb", TODAY, {code: a_rate(chance) for code in pair if code != "EUR"})
    rules = FxRules(5, 1, chance.choice((0, 1, 50, 100, 2_000)), {})
    return draw_quote(QuoteRequest("q", pair[0], pair[1], None, "f"), table, rules, NOW)


def check_conversion(minor: int, quote: Quote) -> tuple[int, int]:
    """Both legs are exact but for half a minor unit; what is kept is never below zero."""
    found = convert(minor, quote)
    scale = Fraction(10 ** EXPONENTS[quote.to_currency], 10 ** EXPONENTS[quote.from_currency])
    for got, rate in ((found.minor, quote.rate), (found.mid_minor, quote.mid)):
        exact = minor * scale * Fraction(rate.numerator, rate.denominator)
        assert got == round(exact)
        assert abs(got - exact) <= Fraction(1, 2)
    assert found.minor + found.spread_minor == found.mid_minor
    kept = (
        minor
        * scale
        * (
            Fraction(quote.mid.numerator, quote.mid.denominator)
            - Fraction(quote.rate.numerator, quote.rate.denominator)
        )
    )
    # Two legs, half a minor unit each: what rounding adds to the spread or takes from it.
    assert abs(found.spread_minor - kept) <= 1
    assert found.spread_minor >= 0
    return found.minor, found.mid_minor


def check_inverse(minor: int, quote: Quote) -> None:
    """There and back at the mid rate loses no more than half a minor unit of either currency."""
    there = replace(quote, rate=quote.mid)
    back = replace(
        quote,
        from_currency=quote.to_currency,
        to_currency=quote.from_currency,
        rate=quote.mid.inverse(),
        mid=quote.mid.inverse(),
    )
    scale = Fraction(10 ** EXPONENTS[quote.from_currency], 10 ** EXPONENTS[quote.to_currency])
    worth = scale * Fraction(quote.mid.denominator, quote.mid.numerator)
    lost = convert(convert(minor, there).minor, back).minor - minor
    assert abs(lost) <= worth / 2 + Fraction(1, 2)


def check_allocation(minor: int, seller: int, mid: int, chance: random.Random) -> None:
    """However it is cut, the parts are the whole on every side, also in parts of parts."""
    parts = allocate(minor, [chance.randint(0, 9) for _ in range(chance.randint(1, 8))] + [1])
    assert sum(parts) == minor
    if not 0 < seller <= mid:
        return
    deal = Conversion("q", "ecb", TODAY, "1/1", "EUR", seller, mid)
    paid = taken = worth = 0
    for part in parts:
        paid += part
        due = deal.seller_share(paid, minor) - taken
        value = deal.mid_share(paid, minor) - worth
        exact = Fraction(seller * part, minor)
        assert abs(due - exact) <= 1
        assert due >= 0
        taken, worth = taken + due, worth + value
    assert (paid, taken, worth) == (minor, seller, mid)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_nothing_is_lost_or_made(chunk: int, first_seed: int) -> None:
    chance = random.Random(f"{first_seed}/{chunk}")
    exponents = set()
    for _ in range(CONVERSIONS // CHUNKS):
        quote = a_quote(chance)
        minor = chance.randint(1, 10 ** chance.randint(1, 12)) % AMOUNT_MAX + 1
        seller, mid = check_conversion(minor, quote)
        check_inverse(minor, quote)
        check_allocation(minor, seller, mid, chance)
        exponents.add(tuple(EXPONENTS[code] for code in quote.pair))

    # Of four decimals there is one currency, so no pair of two.
    assert len(exponents) == 15, "every pair of exponents was met"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_history_of_a_converted_order_balances(chunk: int, first_seed: int) -> None:
    size = HISTORIES // CHUNKS
    start = (first_seed - 1) * HISTORIES + chunk * size

    assert unwound(played(range(start, start + size), kind=ConvertedMarket)) > size // 10
