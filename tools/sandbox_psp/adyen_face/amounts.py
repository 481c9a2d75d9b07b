"""Amounts on Adyen's wire, and in its reports, against the minor units that the engine books.

Adyen has minor units of its own: "for CLP, CVE, IDR, and ISK the standard has a different number
of decimals than shown in our currency codes table", which says 2, 0, 0 and 2. Everything else is
as ISO 4217 has it. Source: docs.adyen.com/development-resources/currency-codes.
"""

from typing import Final

from tools.sandbox_psp.fields import AMOUNT_MAX, Fields
from tools.sandbox_psp.qr import decimal_text
from tools.sandbox_psp.wire import JsonObject, Refused

# currency -> (decimals at Adyen, decimals of ISO 4217)
DEVIATIONS: Final = {"CLP": (2, 0), "CVE": (0, 2), "IDR": (0, 2), "ISK": (2, 0)}


def from_wire(value: int, currency: str) -> int:
    """ISO minor units of a wire amount.

    Raises:
        Refused: 422 ``137``, a fraction that the currency does not have.
    """
    wire, iso = DEVIATIONS.get(currency, (0, 0))
    if iso >= wire:
        return int(value * 10 ** (iso - wire))
    whole, rest = divmod(value, 10 ** (wire - iso))
    if rest:
        raise Refused(422, "137", "Invalid amount specified")
    return int(whole)


def to_wire(amount: int, currency: str) -> int:
    """The wire amount of ISO minor units; what Adyen has no unit for is cut off."""
    wire, iso = DEVIATIONS.get(currency, (0, 0))
    if wire >= iso:
        return int(amount * 10 ** (wire - iso))
    return int(amount // 10 ** (iso - wire))


def amount_json(amount: int, currency: str) -> JsonObject:
    """Adyen's ``Amount`` of ISO minor units."""
    return {"currency": currency, "value": to_wire(amount, currency)}


def read_amount(body: Fields, least: int = 1) -> tuple[int, str]:
    """A body's ``amount`` as ISO minor units and their currency.

    Raises:
        Refused: 422 ``100`` without one, ``137`` for a bad value, ``138`` for a bad currency.
    """
    if not body.has("amount"):
        raise Refused(422, "100", "Required object 'amount' is not provided.")
    given = body.nested("amount")
    try:
        currency = given.currency()
    except Refused:
        raise Refused(422, "138", "Unsupported currency specified") from None
    try:
        value = given.integer("value", least, AMOUNT_MAX)
    except Refused:
        raise Refused(422, "137", "Invalid amount specified") from None
    return from_wire(value, currency), currency


def major(amount: int, currency: str) -> str:
    """Major units as a report writes them, without a sign: 1250 EUR is 12.50, 1250 JPY is 1250."""
    return decimal_text(abs(amount), currency)
