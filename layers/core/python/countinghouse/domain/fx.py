"""Rates as exact ratios, quotes that lock one, and amounts converted by them.

    rates of a day (for one euro) -> cross rate, exact -> less the spread -> a quote, for a while
    amount x rate -> rounded once, half to even, to the minor unit of its currency

No float and no decimal arithmetic: a rate is two integers, from the file's digits to the amount.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import gcd

from countinghouse.domain.conversion import half_even
from countinghouse.domain.errors import Invalid, Unavailable
from countinghouse.domain.fx_rules import BASIS, FxRules
from countinghouse.domain.instants import DAY, Instant, day_of, start_of_day
from countinghouse.domain.money import EXPONENTS
from countinghouse.records import dataclass

BASE = "EUR"
"""What the reference rates are for one of."""

PLACES = 8
_DECIMAL = re.compile(r"(\d{1,12})(?:\.(\d{1,12}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A positive rational number in lowest terms. Raises Invalid for anything else."""

    numerator: int
    denominator: int = 1

    def __post_init__(self) -> None:
        if self.numerator <= 0 or self.denominator <= 0:
            raise Invalid("a rate is above zero", field="rate")
        common = gcd(self.numerator, self.denominator)
        object.__setattr__(self, "numerator", self.numerator // common)
        object.__setattr__(self, "denominator", self.denominator // common)

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"

    def times(self, other: Ratio) -> Ratio:
        """The product, exactly."""
        return Ratio(self.numerator * other.numerator, self.denominator * other.denominator)

    def inverse(self) -> Ratio:
        """One divided by it, exactly."""
        return Ratio(self.denominator, self.numerator)

    def decimal(self) -> str:
        """For people: rounded to eight places, or to eight digits where it is very small."""
        places = PLACES
        while half_even(self.numerator * 10**places, self.denominator) < 10 ** (PLACES - 1):
            places += 1
        digits = str(half_even(self.numerator * 10**places, self.denominator)).rjust(
            places + 1, "0"
        )
        return f"{digits[:-places]}.{digits[-places:]}"


def parse_decimal(text: str) -> Ratio:
    """The exact value of plain digits such as `1.1172`. Raises Invalid for anything else."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise Invalid("a rate is written in plain digits", field="rate")
    whole, part = found[1], found[2] or ""
    return Ratio(int(whole + part), 10 ** len(part))


def parse_ratio(text: str) -> Ratio:
    """The ratio that `str` wrote. Raises Invalid for anything else."""
    numerator, slash, denominator = text.partition("/")
    if not (slash and numerator.isdecimal() and denominator.isdecimal()):
        raise Invalid("a ratio is two whole numbers", field="rate")
    return Ratio(int(numerator), int(denominator))


@dataclass(frozen=True, slots=True)
class RateTable:
    """One day's reference rates: units of each currency for one euro. `as_of` is that day."""

    source: str
    as_of: str
    per_euro: Mapping[str, Ratio]

    def mid(self, from_currency: str, to_currency: str) -> Ratio:
        """Units of `to_currency` for one of `from_currency`, through the euro, exactly.

        Raises Invalid with `fx_currency_unknown` for a currency that has no rate that day.
        """
        return self._rate(to_currency, "to_currency").times(
            self._rate(from_currency, "from_currency").inverse()
        )

    def _rate(self, currency: str, field: str) -> Ratio:
        if currency == BASE:
            return Ratio(1)
        if currency not in self.per_euro:
            raise Invalid(
                f"there is no reference rate of {currency} on {self.as_of}",
                code="fx_currency_unknown",
                field=field,
            )
        return self.per_euro[currency]


def fresh(table: RateTable | None, now: Instant, max_age_days: int) -> RateTable:
    """The rates, if there are any and they are not too old.

    Raises Unavailable with `fx_rate_unavailable`, also for rates of a day to come.
    """
    if table is None:
        raise Unavailable("there are no reference rates", code="fx_rate_unavailable")
    age = (start_of_day(day_of(now)) - start_of_day(table.as_of)) // DAY
    if not 0 <= age <= max_age_days:
        raise Unavailable(
            f"the newest reference rates are of {table.as_of}", code="fx_rate_unavailable"
        )
    return table


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """A wish for a quote. `amount_minor`, of `from_currency`, is how much it has to cover.

    `fingerprint` tells a repeat from another body under the same key.
    """

    quote_id: str
    from_currency: str
    to_currency: str
    amount_minor: int | None
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A rate that holds until `expires_at`. Rates are units of the second currency for the first.

    `mid` is the reference rate, `rate` what is given for it. `amount_minor` is how much of one
    checkout it covers, None any amount.
    """

    quote_id: str
    from_currency: str
    to_currency: str
    mid: Ratio
    rate: Ratio
    spread_basis_points: int
    source: str
    as_of: str
    created_at: Instant
    expires_at: Instant
    fingerprint: str
    amount_minor: int | None = None

    @property
    def pair(self) -> tuple[str, str]:
        """What it converts from, and to."""
        return self.from_currency, self.to_currency


def draw_quote(
    request: QuoteRequest, table: RateTable | None, rules: FxRules, now: Instant
) -> Quote:
    """A quote of the day's rate less the spread.

    Raises Invalid for one currency twice or one without a rate, Unavailable without fresh rates.
    """
    pair = request.from_currency, request.to_currency
    if pair[0] == pair[1]:
        raise Invalid("a quote is between two currencies", field="to_currency")
    rates = fresh(table, now, rules.max_age_days)
    mid, spread = rates.mid(*pair), rules.spread_for(*pair)
    return Quote(
        quote_id=request.quote_id,
        from_currency=pair[0],
        to_currency=pair[1],
        mid=mid,
        rate=mid.times(Ratio(BASIS - spread, BASIS)),
        spread_basis_points=spread,
        source=rates.source,
        as_of=rates.as_of,
        created_at=now,
        expires_at=now + rules.quote_lifetime,
        fingerprint=request.fingerprint,
        amount_minor=request.amount_minor,
    )


@dataclass(frozen=True, slots=True)
class Converted:
    """An amount in the second currency, minor units: at the customer's rate and at the mid rate."""

    minor: int
    mid_minor: int

    @property
    def spread_minor(self) -> int:
        """What the platform keeps, rounding included; never below zero."""
        return self.mid_minor - self.minor


def exchanged(minor: int, from_currency: str, to_currency: str, rate: Ratio) -> int:
    """An amount of one currency in minor units of another, rounded once, half to even."""
    return half_even(
        minor * rate.numerator * 10 ** EXPONENTS[to_currency],
        rate.denominator * 10 ** EXPONENTS[from_currency],
    )


def convert(amount_minor: int, quote: Quote) -> Converted:
    """What an amount of the quote's first currency comes to in its second.

    Whether the quote may still be used is not asked here: what it locked, it locked.
    """
    return Converted(
        exchanged(amount_minor, *quote.pair, quote.rate),
        exchanged(amount_minor, *quote.pair, quote.mid),
    )


def quote_for(pair: tuple[str, str], quotes: Iterable[Quote], now: Instant) -> Quote:
    """The one quote of a pair that can be used now.

    Raises Invalid: `fx_quote_required` when none is for the pair, `fx_quote_mismatch` when several
    are, `fx_quote_expired` when its time is over.
    """
    found = [quote for quote in quotes if quote.pair == pair]
    if not found:
        raise Invalid(
            f"a quote from {pair[0]} to {pair[1]} is needed",
            code="fx_quote_required",
            field="fx_quotes",
        )
    if len(found) > 1:
        raise Invalid("two quotes are for one pair", code="fx_quote_mismatch", field="fx_quotes")
    if now >= found[0].expires_at:
        raise Invalid(
            f"quote {found[0].quote_id} has expired", code="fx_quote_expired", field="fx_quotes"
        )
    return found[0]
