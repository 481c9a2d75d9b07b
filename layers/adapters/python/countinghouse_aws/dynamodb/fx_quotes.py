"""Table `fx_quote`: one row a quote, put once. Nobody may update it, so nothing has a version."""

from __future__ import annotations

from countinghouse.domain.fx import Quote, parse_ratio
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.codec import Plain, present
from countinghouse_aws.dynamodb.table import Table

KEYS = ("quote_id",)


@dataclass(frozen=True, slots=True)
class DynamoQuoteBook:
    """The quotes in DynamoDB."""

    table: Table

    def get(self, quote_id: str) -> Quote | None:
        """The quote, or None."""
        row = self.table.get(quote_id=quote_id)
        return _decode(row) if row else None

    def add(self, quote: Quote) -> Quote | None:
        """Store a new quote; or return the one that is there."""
        existing = self.table.add(_encode(quote))
        return _decode(existing) if existing else None


def _encode(quote: Quote) -> Plain:
    return present(
        quote_id=quote.quote_id,
        from_currency=quote.from_currency,
        to_currency=quote.to_currency,
        mid=str(quote.mid),
        rate=str(quote.rate),
        spread_basis_points=quote.spread_basis_points,
        source=quote.source,
        as_of=quote.as_of,
        created_at=quote.created_at,
        usable_until=quote.expires_at,
        fingerprint=quote.fingerprint,
        amount=quote.amount_minor,
    )


def _decode(row: Plain) -> Quote:
    return Quote(
        quote_id=row["quote_id"],
        from_currency=row["from_currency"],
        to_currency=row["to_currency"],
        mid=parse_ratio(row["mid"]),
        rate=parse_ratio(row["rate"]),
        spread_basis_points=row["spread_basis_points"],
        source=row["source"],
        as_of=row["as_of"],
        created_at=row["created_at"],
        # Not `expires_at`: that is the attribute by which other tables forget rows.
        expires_at=row["usable_until"],
        fingerprint=row["fingerprint"],
        amount_minor=row.get("amount"),
    )
