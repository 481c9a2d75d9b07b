"""What callers send to the currency service."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from countinghouse.domain.fx import QuoteRequest
from countinghouse_aws.edge.idempotency import fingerprint
from countinghouse_aws.edge.schemas import AmountMinor, Currency, Strict

_ID_LENGTH = 24


_FIRST_DAY = date(1999, 1, 4)
"""Of the ECB's reference rates. Looking back from a day needs days before it."""


def _in_the_calendar(day: str) -> str:
    if date.fromisoformat(day) < _FIRST_DAY:
        raise ValueError(f"there are no reference rates before {_FIRST_DAY}")
    return day


Day = Annotated[
    str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_in_the_calendar)
]


class QuoteBody(Strict):
    """A wish for a quote; `amount`, of `from_currency`, is how much of a checkout it covers."""

    from_currency: Currency
    to_currency: Currency
    amount: AmountMinor | None = None

    def to_request(self, scope: str) -> QuoteRequest:
        """The use case's request; the quote's id comes from caller, route and key."""
        digest = hashlib.sha256(scope.encode()).hexdigest()
        return QuoteRequest(
            quote_id=f"fxq_{digest[:_ID_LENGTH]}",
            from_currency=self.from_currency,
            to_currency=self.to_currency,
            amount_minor=self.amount,
            fingerprint=fingerprint(self.model_dump(exclude_none=True)),
        )


class RevaluationBody(Strict):
    """The day whose rates count; it is booked once."""

    date: Day


class RatesQuery(Strict):
    """Which day's rates; none means today's."""

    date: Day | None = None
