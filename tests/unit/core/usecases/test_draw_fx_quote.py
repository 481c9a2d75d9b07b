from dataclasses import replace

import pytest

from countinghouse.domain.errors import KeyReused, Unavailable
from countinghouse.domain.fx import QuoteRequest
from countinghouse.domain.fx_rules import FxRules
from countinghouse.domain.instants import DAY, MINUTE
from countinghouse.usecases.draw_fx_quote import draw_fx_quote
from tests.converted import RATES, TODAY, a_quote, days_before
from tests.fakes.clock import FakeClock
from tests.fakes.fx import FakeQuoteBook, FakeReferenceRates

RULES = FxRules(5, 30 * MINUTE, 100, {})
WISH = QuoteRequest("fxq_1", "USD", "EUR", None, "f")


def test_a_quote_is_drawn_from_the_newest_rates_and_stored() -> None:
    quotes, rates = FakeQuoteBook(), FakeReferenceRates().lay(RATES, days_before(3))

    drawn = draw_fx_quote(WISH, quotes, rates, RULES, FakeClock())

    assert (drawn.quote, drawn.replayed) == (a_quote(as_of=days_before(3)), False)
    assert quotes.rows == {"fxq_1": drawn.quote}
    assert rates.asked == [(TODAY, 5)]


def test_a_repeat_needs_no_rates() -> None:
    quotes, rates, clock = FakeQuoteBook(), FakeReferenceRates().lay(RATES), FakeClock()
    first = draw_fx_quote(WISH, quotes, rates, RULES, clock)
    clock.advance(40 * DAY)

    again = draw_fx_quote(WISH, quotes, FakeReferenceRates(), RULES, clock)

    assert (again.quote, again.replayed) == (first.quote, True)


def test_who_comes_second_gets_what_the_first_one_stored() -> None:
    quotes, rates = FakeQuoteBook(), FakeReferenceRates().lay(RATES)
    theirs = a_quote(spread_basis_points=7)
    quotes.interfere.append(lambda: quotes.put(theirs))

    drawn = draw_fx_quote(WISH, quotes, rates, RULES, FakeClock())

    assert (drawn.quote, drawn.replayed) == (theirs, True)


def test_another_body_under_the_key_is_refused() -> None:
    quotes = FakeQuoteBook().put(a_quote())

    with pytest.raises(KeyReused):
        draw_fx_quote(
            replace(WISH, fingerprint="g"), quotes, FakeReferenceRates(), RULES, FakeClock()
        )


def test_without_fresh_rates_nothing_is_stored() -> None:
    quotes, rates = FakeQuoteBook(), FakeReferenceRates().lay(RATES, days_before(6))

    with pytest.raises(Unavailable):
        draw_fx_quote(WISH, quotes, rates, RULES, FakeClock())

    assert quotes.rows == {}
