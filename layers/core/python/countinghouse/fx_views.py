"""How rates, quotes and conversions look from outside."""

from __future__ import annotations

from countinghouse.domain.fx import BASE, Quote, RateTable, convert
from countinghouse.domain.fx_position import RESULT, Revaluation
from countinghouse.domain.instants import rfc3339
from countinghouse.domain.ledger import Journal

View = dict[str, object]


def quote_view(quote: Quote) -> View:
    """A quote, with what its amount comes to if it is for one."""
    view: View = {
        "quote_id": quote.quote_id,
        "from_currency": quote.from_currency,
        "to_currency": quote.to_currency,
        "rate": str(quote.rate),
        "rate_decimal": quote.rate.decimal(),
        "mid_rate": str(quote.mid),
        "mid_rate_decimal": quote.mid.decimal(),
        "spread_basis_points": quote.spread_basis_points,
        "source": quote.source,
        "as_of": quote.as_of,
        "created_at": rfc3339(quote.created_at),
        "expires_at": rfc3339(quote.expires_at),
    }
    if quote.amount_minor is not None:
        found = convert(quote.amount_minor, quote)
        view |= {
            "amount": quote.amount_minor,
            "converted": found.minor,
            "spread": found.spread_minor,
        }
    return view


def rates_view(table: RateTable) -> View:
    """A day's reference rates: units of each currency for one of the base."""
    return {
        "source": table.source,
        "as_of": table.as_of,
        "base": BASE,
        "rates": {
            code: {"rate": str(rate), "rate_decimal": rate.decimal()}
            for code, rate in sorted(table.per_euro.items())
        },
    }


def revaluation_view(
    day: str, currency: str, journal: Journal | None, found: Revaluation | None
) -> View:
    """A day's revaluation: the gain, or the loss below zero, and what it was worked out from."""
    legs = journal.legs if journal is not None else ()
    view: View = {
        "date": day,
        "currency": currency,
        "result": -sum(leg.amount.minor for leg in legs if leg.account == RESULT),
    }
    if journal is not None:
        view["ledger_id"] = journal.ledger_id
    if found is not None:
        view |= {
            "as_of": found.as_of,
            "source": found.source,
            "positions": [
                {"currency": one.currency, "held": one.held_minor, "value": one.value_minor}
                for one in found.positions
            ],
        }
    return view
