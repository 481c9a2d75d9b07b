"""The currency service's HTTP edge."""

from __future__ import annotations

from typing import Any

from countinghouse.domain.errors import NotFound
from countinghouse.fx_views import quote_view, rates_view, revaluation_view
from countinghouse.usecases.draw_fx_quote import draw_fx_quote
from countinghouse.usecases.read_fx_rates import read_fx_rates
from countinghouse.usecases.revalue_positions import revalue_positions
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.edge.idempotency import scope_of
from countinghouse_aws.observability import count, metrics
from functions.fx import schema
from functions.fx.wiring import Deps, deps

REPLAYED = {"Idempotent-Replayed": "true"}
REVALUE = "Value all positions at a day's rates, and book the difference"
READERS = ("checkout", "support", "finance", "operator")


def create_quote(request: Request, body: schema.QuoteBody, ports: Deps) -> Answer:
    """Lock a rate for a while."""
    wanted = body.to_request(scope_of(request))
    drawn = draw_fx_quote(wanted, ports.quotes, ports.rates, ports.fx_rules, ports.clock)
    count("FxQuoteReplayed" if drawn.replayed else "FxQuoteDrawn")
    return Answer(201, quote_view(drawn.quote), REPLAYED if drawn.replayed else {})


def read_quote(request: Request, ports: Deps) -> Answer:
    """A quote, usable or not."""
    quote_id = request.path["quote_id"]
    quote = ports.quotes.get(quote_id)
    if quote is None:
        raise NotFound(f"there is no quote {quote_id}")
    return Answer(200, quote_view(quote))


def read_rates(_: Request, query: schema.RatesQuery, ports: Deps) -> Answer:
    """The reference rates that count on a day."""
    table = read_fx_rates(query.date, ports.rates, ports.fx_rules, ports.clock)
    return Answer(200, rates_view(table))


def revalue(request: Request, body: schema.RevaluationBody, ports: Deps) -> Answer:
    """Value the positions at a day's rates and book the difference, once a day."""
    done = revalue_positions(body.date, request.caller, ports.revaluing())
    view = revaluation_view(done.day, done.currency, done.journal, done.found)
    return Answer(201, view, REPLAYED if done.found is None else {})


ROUTES = (
    Route(
        "POST /v1/fx/quotes",
        ("checkout",),
        create_quote,
        "Lock a rate for a checkout",
        body=schema.QuoteBody,
        idempotency_key=True,
    ),
    Route("GET /v1/fx/quotes/{quote_id}", READERS, read_quote, "A quote, usable or not"),
    Route(
        "GET /v1/fx/rates",
        READERS,
        read_rates,
        "The reference rates that count on a day",
        query=schema.RatesQuery,
    ),
    Route("POST /v1/fx/revaluations", ("finance",), revalue, REVALUE, body=schema.RevaluationBody),
)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
