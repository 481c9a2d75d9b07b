"""Reference rates, and the quotes made from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from countinghouse.domain.fx import Quote, QuoteRequest, RateTable, draw_quote
from countinghouse.domain.fx_rules import FxRules
from countinghouse.domain.instants import Instant, day_of
from countinghouse.records import dataclass


class QuoteBook(Protocol):
    """The quotes: each is written once and never changed."""

    def get(self, quote_id: str) -> Quote | None:
        """The quote, or None."""
        ...

    def add(self, quote: Quote) -> Quote | None:
        """Store a new quote; or return the one that is there."""
        ...


class ReferenceRates(Protocol):
    """The days' reference rates, from one source."""

    def newest(self, day: str, back: int) -> RateTable | None:
        """The rates of a day (`2026-11-20`), else of the last of the `back` days before, or None.

        A day's rates that cannot be read whole count as missing. Raises Unavailable.
        """
        ...


@dataclass(frozen=True, slots=True)
class RateDesk:
    """Rates, and what the market makes of them, for who converts now and then.

    `rates` and `rules` make them when somebody does: nobody else pays for it.
    """

    rates: Callable[[], ReferenceRates]
    rules: Callable[[], FxRules]

    def draw(self, request: QuoteRequest, now: Instant) -> Quote:
        """A quote of today's rate, less the spread.

        Raises Unavailable (`fx_rate_unavailable`) without rates that are fresh enough, Invalid
        (`fx_currency_unknown`) for a currency without one.
        """
        rules = self.rules()
        table = self.rates().newest(day_of(now), rules.max_age_days)
        return draw_quote(request, table, rules, now)

    def of_day(self, day: str) -> RateTable | None:
        """The reference rates that count on a day, or None. Raises Unavailable."""
        return self.rates().newest(day, self.rules().max_age_days)
