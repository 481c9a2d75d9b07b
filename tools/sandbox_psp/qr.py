"""Merchant-presented QR codes as a PSP makes them, by the scheme of the currency; their picture.

Written apart from the project's own reading of these codes, so that each checks the other.
"""

import binascii
import io
from collections.abc import Callable
from functools import cache
from typing import Final
from urllib.parse import quote

import segno

# Of a currency that left the list.
_NO_EXPONENT: Final = 2
_NO_NUMBER: Final = 999
_DOMAIN: Final = "psp.sandbox.test"
_SHOP: Final = "Sandbox Market"
_LABEL_MAX: Final = 25


@cache
def _listed(currency: str) -> tuple[int, int]:
    """Exponent and number by ISO 4217's own list."""
    import iso4217

    row = iso4217.raw_table.get(currency)
    digits = "" if row is None else str(row["CcyMnrUnts"])
    if row is None or not digits.isdigit():
        return _NO_EXPONENT, _NO_NUMBER
    return int(digits), int(str(row["CcyNbr"]))


def decimal_text(amount: int, currency: str) -> str:
    """Minor units as a decimal text, by integers alone: 1250 EUR is "12.50", 1250 JPY "1250"."""
    places, _ = _listed(currency)
    if places == 0:
        return str(amount)
    whole, fraction = divmod(amount, 10**places)
    return f"{whole}.{fraction:0{places}d}"


def payload(psp_token: str, reference: str, amount: int, currency: str) -> str:
    """The text inside the code: EMVCo tag-length-value fields, or in India a link."""
    label = "".join(filter(str.isalnum, reference))[:_LABEL_MAX] or "order"
    if currency == "INR":
        return _upi(label, decimal_text(amount, currency))
    account, country, city, additional = _SCHEMES.get(currency, _own)(psp_token, label)
    return _closed(
        _field("00", "01"),
        _field("01", "12"),
        account,
        _field("52", "5999"),
        _field("53", f"{_listed(currency)[1]:03d}"),
        _field("54", decimal_text(amount, currency)),
        _field("58", country),
        _field("59", _SHOP),
        _field("60", city),
        _field("62", additional),
    )


_Parts = tuple[str, str, str, str]


def _promptpay(_: str, label: str) -> _Parts:
    account = _field("00", "A000000677010112") + _field("01", "010555000000000")
    account += _field("02", label[:20].upper())
    return _field("30", account), "TH", "Bangkok", _field("07", "SANDBOX")


def _paynow(_: str, label: str) -> _Parts:
    account = _field("00", "SG.PAYNOW") + _field("01", "2") + _field("02", "201900001Z")
    return _field("26", account + _field("03", "0")), "SG", "Singapore", _field("01", label)


def _pix(_: str, label: str) -> _Parts:
    key = "00000000-0000-4000-8000-000000000001"
    account = _field("00", "br.gov.bcb.pix") + _field("01", key)
    return _field("26", account), "BR", "SAO PAULO", _field("05", label)


def _vietqr(_: str, label: str) -> _Parts:
    beneficiary = _field("00", "970400") + _field("01", "0000000001")
    account = _field("00", "A000000727") + _field("01", beneficiary) + _field("02", "QRIBFTTA")
    return _field("38", account), "VN", "Ha Noi", _field("08", label)


def _own(psp_token: str, label: str) -> _Parts:
    account = _field("00", _DOMAIN) + _field("01", psp_token)
    return _field("26", account), "NL", "Amsterdam", _field("05", label)


_SCHEMES: Final[dict[str, Callable[[str, str], _Parts]]] = {
    "THB": _promptpay,
    "SGD": _paynow,
    "BRL": _pix,
    "VND": _vietqr,
}


def _upi(label: str, amount: str) -> str:
    return f"upi://pay?pa=sandbox@psp&pn={quote(_SHOP)}&am={amount}&cu=INR&tr={label}"


def _field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"


def _closed(*fields: str) -> str:
    """The fields with their CRC-16/CCITT-FALSE, which counts its own tag and length."""
    body = f"{''.join(fields)}6304"
    return f"{body}{binascii.crc_hqx(body.encode(), 0xFFFF):04X}"


def svg(text: str) -> str:
    """The code as an inline SVG element, with no reference to anything outside."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, light="#fff",
        title="Payment QR code",
    )  # fmt: skip
    return out.getvalue().decode()
