"""What the currency service answers."""

from __future__ import annotations

from countinghouse_aws.edge.answers import Answers, Instant, Problem, Shown


class FxQuote(Shown):
    """A rate that is locked until `expires_at`; `rate` and `mid_rate` are exact ratios."""

    quote_id: str
    from_currency: str
    to_currency: str
    rate: str
    rate_decimal: str
    mid_rate: str
    mid_rate_decimal: str
    spread_basis_points: int
    source: str
    as_of: str
    created_at: Instant
    expires_at: Instant
    amount: int | None = None
    converted: int | None = None
    spread: int | None = None


class FxRate(Shown):
    """Units of a currency for one of the base."""

    rate: str
    rate_decimal: str


class FxRates(Shown):
    """A day's reference rates, by currency."""

    source: str
    as_of: str
    base: str
    rates: dict[str, FxRate]


class FxPosition(Shown):
    """What is held of a currency, or short of it below zero, and that in the base currency."""

    currency: str
    held: int
    value: int


class FxRevaluation(Shown):
    """A day's revaluation: `result` is the gain, or the loss below zero.

    `ledger_id` is its journal's, absent when there was nothing to book; positions, rates' day and
    source are those of the first answer alone.
    """

    date: str
    currency: str
    result: int
    ledger_id: str | None = None
    as_of: str | None = None
    source: str | None = None
    positions: list[FxPosition] | None = None


ANSWERS: Answers = {
    "POST /v1/fx/quotes": {201: FxQuote, 422: Problem, 503: Problem},
    "GET /v1/fx/quotes/{quote_id}": {200: FxQuote, 404: Problem},
    "GET /v1/fx/rates": {200: FxRates, 404: Problem, 422: Problem, 503: Problem},
    "POST /v1/fx/revaluations": {201: FxRevaluation, 422: Problem, 503: Problem},
}
