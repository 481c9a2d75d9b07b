"""Merchant-presented QR codes: an EMVCo-like payload, and its picture."""

import binascii
import io
from typing import Final

import segno

# Exponents other than 2 and the numeric codes of the currencies a demonstration uses.
_EXPONENTS: Final = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "KWD": 3, "BHD": 3, "JOD": 3, "TND": 3}
_NUMERIC: Final = {
    "EUR": "978", "USD": "840", "GBP": "826", "JPY": "392", "KWD": "414", "BRL": "986",
    "SGD": "702", "THB": "764", "VND": "704", "INR": "356", "CHF": "756", "SEK": "752",
}  # fmt: skip
_NO_CURRENCY: Final = "999"
_DOMAIN: Final = "psp.sandbox.test"


def decimal_text(amount: int, currency: str) -> str:
    """Minor units as a decimal text, by integers alone: 1250 EUR is "12.50", 1250 JPY "1250"."""
    places = _EXPONENTS.get(currency, 2)
    if places == 0:
        return str(amount)
    whole, fraction = divmod(amount, 10**places)
    return f"{whole}.{fraction:0{places}d}"


def _field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"


def payload(psp_token: str, reference: str, amount: int, currency: str) -> str:
    """The text inside the code: EMVCo tag-length-value fields closed by a CRC-16/CCITT-FALSE."""
    account = _field("00", _DOMAIN) + _field("01", psp_token)
    body = "".join((
        _field("00", "01"),
        _field("01", "12"),
        _field("26", account),
        _field("52", "5999"),
        _field("53", _NUMERIC.get(currency, _NO_CURRENCY)),
        _field("54", decimal_text(amount, currency)),
        _field("58", "NL"),
        _field("59", "Sandbox Market"),
        _field("60", "Amsterdam"),
        _field("62", _field("05", reference[:25])),
        "6304",
    ))  # fmt: skip
    return f"{body}{binascii.crc_hqx(body.encode(), 0xFFFF):04X}"


def svg(text: str) -> str:
    """The code as an inline SVG element, with no reference to anything outside."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, light="#fff",
        title="Payment QR code",
    )  # fmt: skip
    return out.getvalue().decode()
