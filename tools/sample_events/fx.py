"""Samples of the currency service, and the rates and quote that stand behind them."""

from __future__ import annotations

from countinghouse.domain.fx import Quote, QuoteRequest, RateTable, draw_quote, parse_decimal
from countinghouse.domain.fx_rules import FxRules
from countinghouse.domain.instants import MINUTE
from tools.sample_events.gateway import Call, Calls, thorough
from tools.sample_events.world import NOW

FIXED_ON = "2026-11-20"
"""The last day with rates before the samples' Sunday."""

QUOTE_ID = "fxq_1f3870be274f6c49b3e31a0c"
_RULES = FxRules(5, 30 * MINUTE, 150, {"USD/EUR": 100})
_USD_TO_EUR = {"from_currency": "USD", "to_currency": "EUR"}


def rates() -> RateTable:
    """A few of the day's reference rates."""
    decimals = {"USD": "1.1172", "JPY": "175.68", "BRL": "6.0692"}
    return RateTable("ecb", FIXED_ON, {code: parse_decimal(d) for code, d in decimals.items()})


def quote() -> Quote:
    """From dollars to euros, for half an hour."""
    return draw_quote(QuoteRequest(QUOTE_ID, "USD", "EUR", None, "body"), rates(), _RULES, NOW)


def _keyed(key: str, body: dict[str, object]) -> Call:
    return Call("checkout", headers={"idempotency-key": key}, body=body)


CALLS = {
    "POST /v1/fx/quotes": Calls(
        _keyed("key-90", {**_USD_TO_EUR}),
        thorough(_keyed('"key-91"', {**_USD_TO_EUR, "amount": 7000})),
        _keyed("key-92", {**_USD_TO_EUR, "rate": "0.9"}),
    ),
    "GET /v1/fx/quotes/{quote_id}": Calls(
        Call("checkout", {"quote_id": QUOTE_ID}),
        thorough(Call("support", {"quote_id": QUOTE_ID})),
        Call("checkout", {"quote_id": "fxq 1"}),
    ),
    "GET /v1/fx/rates": Calls(
        Call("finance"),
        thorough(Call("checkout", query={"date": "2026-11-21"})),
        Call("finance", query={"date": "2026-11-31"}),
    ),
    "POST /v1/fx/revaluations": Calls(
        Call("finance", body={"date": "2026-11-20"}),
        thorough(Call("finance", body={"date": "2026-11-21"})),
        Call("finance", body={"date": "2026-11-31"}),
    ),
}
