"""Lock a reference rate, less the platform's spread, in a quote: stored once, never changed."""

from countinghouse.domain.errors import KeyReused
from countinghouse.domain.fx import Quote, QuoteRequest, draw_quote
from countinghouse.domain.fx_rules import FxRules
from countinghouse.domain.instants import day_of
from countinghouse.ports.clock import Clock
from countinghouse.ports.fx import QuoteBook, ReferenceRates
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class DrawnQuote:
    """The quote; `replayed` when this key had drawn it before."""

    quote: Quote
    replayed: bool


def draw_fx_quote(
    request: QuoteRequest, quotes: QuoteBook, rates: ReferenceRates, rules: FxRules, clock: Clock
) -> DrawnQuote:
    """The quote of this key, drawn now unless it was before.

    A repeat gets it as it was, expired or not, and needs no rates. Raises KeyReused for another
    body, Invalid for a pair that cannot be, Unavailable (`fx_rate_unavailable`) without rates that
    are fresh enough.
    """
    known = quotes.get(request.quote_id)
    if known is None:
        now = clock.now()
        table = rates.newest(day_of(now), rules.max_age_days)
        drawn = draw_quote(request, table, rules, now)
        known = quotes.add(drawn)
        if known is None:
            return DrawnQuote(drawn, replayed=False)
    if known.fingerprint != request.fingerprint:
        raise KeyReused("this idempotency key was used with another body")
    return DrawnQuote(known, replayed=True)
