"""Orders whose buyer pays in one currency and whose seller is paid in another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from countinghouse.domain.conversion import Conversion
from countinghouse.domain.fees import freeze_fee
from countinghouse.domain.fx import Quote, RateTable, Ratio, parse_decimal
from countinghouse.domain.instants import DAY, MINUTE, day_of
from countinghouse.domain.order import Order, OrderStatus
from tests.builders import NOW, TEN_PERCENT, an_order

TODAY = day_of(NOW)
RATES = RateTable(
    "ecb",
    TODAY,
    {
        "USD": parse_decimal("1.1172"),
        "JPY": parse_decimal("175.68"),
        "GBP": parse_decimal("0.83380"),
        "KWD": parse_decimal("0.3421"),
    },
)
ONE_PERCENT = Ratio(99, 100)


def days_before(days: int) -> str:
    """A day before today."""
    return day_of(NOW - days * DAY)


def a_quote(from_currency: str = "USD", to_currency: str = "EUR", **changes: Any) -> Quote:
    """A quote at today's rates, one per cent below the mid rate, for another half hour."""
    mid = RATES.mid(from_currency, to_currency)
    quote = Quote(
        quote_id="fxq_1",
        from_currency=from_currency,
        to_currency=to_currency,
        mid=mid,
        rate=mid.times(ONE_PERCENT),
        spread_basis_points=100,
        source="ecb",
        as_of=TODAY,
        created_at=NOW,
        expires_at=NOW + 30 * MINUTE,
        fingerprint="f",
    )
    return replace(quote, **changes)


def a_conversion(
    seller_minor: int = 6_203, mid_minor: int = 6_266, seller_currency: str = "EUR"
) -> Conversion:
    """USD 70.00 paid, EUR 62.03 for the seller, EUR 0.63 of spread."""
    return Conversion(
        "fxq_1", "ecb", TODAY, str(a_quote().rate), seller_currency, seller_minor, mid_minor
    )


def a_converted_order(
    status: OrderStatus = OrderStatus.CAPTURED,
    order_id: str = "o1",
    conversion: Conversion | None = None,
    **changes: Any,
) -> Order:
    """An order in USD of a seller who is paid in EUR, its fee on the seller's side."""
    deal = conversion or a_conversion()
    fee = freeze_fee(deal.seller_minor, deal.seller_currency, TEN_PERCENT)
    fields = {"currency": "USD", "conversion": deal, "fee": fee, **changes}
    return an_order(status, order_id, **fields)
