"""Quotes and reference rates in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from countinghouse.domain.fx import Quote, RateTable
from countinghouse.domain.fx_rules import FxRules
from countinghouse.domain.instants import MINUTE
from countinghouse.ports.fx import RateDesk

RULES = FxRules(max_age_days=5, quote_lifetime=30 * MINUTE, spread_basis_points=100, pairs={})


@dataclass
class FakeQuoteBook:
    """The quotes, each put once. `interfere` runs before the next write: another, coming first."""

    rows: dict[str, Quote] = field(default_factory=dict)
    reads: int = 0
    interfere: list[Callable[[], object]] = field(default_factory=list)

    def put(self, *quotes: Quote) -> FakeQuoteBook:
        """Lay rows in place: the test's given."""
        self.rows |= {quote.quote_id: quote for quote in quotes}
        return self

    def get(self, quote_id: str) -> Quote | None:
        self.reads += 1
        return self.rows.get(quote_id)

    def add(self, quote: Quote) -> Quote | None:
        if self.interfere:
            self.interfere.pop(0)()
        if quote.quote_id in self.rows:
            return self.rows[quote.quote_id]
        self.rows[quote.quote_id] = quote
        return None


@dataclass
class FakeReferenceRates:
    """The days' rates; `asked` are the calls."""

    days: dict[str, RateTable] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def lay(self, table: RateTable, *days: str) -> FakeReferenceRates:
        """A day's rates, or the same rates on several days."""
        self.days |= {day: replace(table, as_of=day) for day in days or (table.as_of,)}
        return self

    def newest(self, day: str, back: int) -> RateTable | None:
        self.asked.append((day, back))
        days = [date.fromisoformat(day) - timedelta(days=n) for n in range(back + 1)]
        return next((self.days[d.isoformat()] for d in days if d.isoformat() in self.days), None)


def a_desk(rates: FakeReferenceRates) -> RateDesk:
    """A desk over these rates: one per cent of spread, quotes of half an hour."""
    return RateDesk(lambda: rates, lambda: RULES)
