"""Locking rates at checkout: every order that is paid out in another currency gets its conversion.

A quote is looked at here and never again: what the order keeps is enough for all that follows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from countinghouse.domain.conversion import Conversion
from countinghouse.domain.errors import Invalid
from countinghouse.domain.fx import Quote, convert, quote_for
from countinghouse.domain.instants import Instant
from countinghouse.domain.money import AMOUNT_MAX
from countinghouse.domain.submission import OrderPart, SubmitPayment

_FIELD = "fx_quotes"


def conversions_of(
    command: SubmitPayment, quotes: Sequence[Quote], now: Instant
) -> Mapping[str, Conversion]:
    """By order id, what each converted order keeps of its quote; `quotes` are the command's.

    Raises Invalid when a quote is missing (`fx_quote_required`), over (`fx_quote_expired`), for no
    pair of the checkout, twice for one or too small (`fx_quote_mismatch`), or when an order comes
    to nothing or too much.
    """
    parts = command.converted_parts
    if command.fx_quotes and not parts:
        raise _mismatch("no order of this checkout is converted")
    wanted = Counter[tuple[str, str]]()
    for part in parts:
        wanted[command.currency, part.seller_currency or ""] += part.amount_minor
    used = {pair: quote_for(pair, quotes, now) for pair in wanted}
    _check_cover(quotes, wanted)
    return MappingProxyType(
        {
            part.order_id: _conversion(part, used[command.currency, part.seller_currency or ""])
            for part in parts
        }
    )


def _check_cover(quotes: Iterable[Quote], wanted: Mapping[tuple[str, str], int]) -> None:
    for quote in quotes:
        if quote.pair not in wanted:
            raise _mismatch(f"quote {quote.quote_id} is for no order of this checkout")
        if quote.amount_minor is not None and wanted[quote.pair] > quote.amount_minor:
            raise _mismatch(f"quote {quote.quote_id} covers {quote.amount_minor}, not more")


def _mismatch(detail: str) -> Invalid:
    return Invalid(detail, code="fx_quote_mismatch", field=_FIELD)


def _conversion(part: OrderPart, quote: Quote) -> Conversion:
    found = convert(part.amount_minor, quote)
    if not 0 < found.minor <= found.mid_minor <= AMOUNT_MAX:
        raise Invalid(
            f"order {part.order_id} comes to {found.minor} minor units of {quote.to_currency}",
            field="orders",
        )
    return Conversion(
        quote_id=quote.quote_id,
        source=quote.source,
        as_of=quote.as_of,
        rate=str(quote.rate),
        seller_currency=quote.to_currency,
        seller_minor=found.minor,
        mid_minor=found.mid_minor,
    )
