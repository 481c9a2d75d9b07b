"""How an order's amount looks from outside."""

from __future__ import annotations

from countinghouse.domain.conversion import Conversion

View = dict[str, object]


def amounts_view(amount_minor: int, currency: str, conversion: Conversion | None) -> View:
    """An order's amount: what the buyer pays, and where converted what the seller is paid in."""
    paid: View = {"amount": amount_minor, "currency": currency}
    if conversion is None:
        return paid
    # Rates come in with it, and few orders are converted: others start without.
    from countinghouse.domain.fx import parse_ratio  # noqa: PLC0415

    return paid | {
        "seller_amount": conversion.seller_minor,
        "seller_currency": conversion.seller_currency,
        "fx": {
            "quote_id": conversion.quote_id,
            "rate": conversion.rate,
            "rate_decimal": parse_ratio(conversion.rate).decimal(),
            "source": conversion.source,
            "as_of": conversion.as_of,
        },
    }
