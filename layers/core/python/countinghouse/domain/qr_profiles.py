"""The QR codes of countries: what each scheme puts into a payload, and whether one fits its money.

PromptPay (Bank of Thailand, Thai QR Payment Standard), PayNow (ABS, SGQR), Pix (Banco Central do
Brasil, Manual de Padrões para Iniciação do Pix), VietQR (NAPAS, QR switching, part IV) are profiles
of EMVCo's payload; UPI (NPCI, linking specifications 1.6) is a link.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qs, quote, urlencode

from countinghouse.domain.emvco import (
    REFERENCE_LABEL,
    BadPayload,
    BadValue,
    Field,
    Presented,
    decimal_text,
    minor_units,
    parse,
    template,
)
from countinghouse.domain.instants import HOUR, Instant, rfc3339
from countinghouse.domain.money import Money

PROMPTPAY = "A000000677010111"
PROMPTPAY_BILL = "A000000677010112"
PAYNOW = "SG.PAYNOW"
PIX = "br.gov.bcb.pix"
VIETQR = "A000000727"
UPI_SCHEME = "upi"

_NO_CATEGORY = "0000"
_BILL_NUMBER, _PURPOSE = "01", "08"
_TXID_ANY = "***"
_TO_ACCOUNT = "QRIBFTTA"
_PROXY_UEN = "2"
_RUPEE = "INR"
# Digits of PromptPay's proxies: a phone with its country, a citizen's or tax id, an e-wallet.
_PHONE, _TAX_ID, _E_WALLET = 13, 13, 15


def promptpay(target: str, amount: Money | None = None) -> Presented:
    """A PromptPay transfer to a phone, citizen's id, tax id or e-wallet. Raises BadPayload."""
    digits = "".join(filter(str.isdigit, target))
    if len(digits) >= _E_WALLET:
        proxy = ("03", digits)
    elif len(digits) == _TAX_ID:
        proxy = ("02", digits)
    else:
        national = f"66{digits[1:]}" if digits.startswith("0") else digits
        proxy = ("01", national.zfill(_PHONE))
    account = template("29", ("00", PROMPTPAY), proxy)
    return _payload((account, "THB", "TH"), amount)


def promptpay_bill(
    biller_id: str, reference: str, amount: Money | None = None, reference_2: str | None = None
) -> Presented:
    """A PromptPay bill payment; the biller's id is a tax id and its suffix. Raises BadPayload."""
    second = [("03", reference_2)] if reference_2 else []
    values = [("00", PROMPTPAY_BILL), ("01", biller_id), ("02", reference), *second]
    return _payload((template("30", *values), "THB", "TH"), amount)


def paynow(
    uen: str, merchant: str, reference: str, amount: Money | None, expires_at: Instant | None = None
) -> Presented:
    """A PayNow transfer to a company by its UEN, until `expires_at`. Raises BadPayload.

    The buyer may edit the amount only where there is none.
    """
    expiry = [("04", _singapore_time(expires_at))] if expires_at is not None else []
    editable = "1" if amount is None else "0"
    values = [("00", PAYNOW), ("01", _PROXY_UEN), ("02", uen), ("03", editable), *expiry]
    return _payload(
        (template("26", *values), "SGD", "SG"),
        amount,
        category=_NO_CATEGORY,
        shop=(merchant, "Singapore"),
        additional=[(_BILL_NUMBER, reference)],
    )


def pix_key(
    key: str, merchant: str, city: str, amount: Money | None, txid: str = _TXID_ANY
) -> Presented:
    """A static Pix code that names the account by a key. Raises BadPayload."""
    account = template("26", ("00", PIX), ("01", key))
    return replace(_pix(account, (merchant, city), amount, txid), dynamic=None)


def pix_url(url: str, merchant: str, city: str, txid: str = _TXID_ANY) -> Presented:
    """A dynamic Pix code: amount and expiry are behind its URL (without `https://`)."""
    account = template("26", ("00", PIX), ("25", url))
    return replace(_pix(account, (merchant, city), None, txid), dynamic=True)


def vietqr(
    bank_bin: str, account_number: str, amount: Money | None = None, purpose: str | None = None
) -> Presented:
    """A VietQR transfer to an account of the bank of that BIN. Raises BadPayload."""
    beneficiary = template("01", ("00", bank_bin), ("01", account_number))
    values = [("00", VIETQR), (beneficiary.tag, beneficiary.value), ("02", _TO_ACCOUNT)]
    inner = [(_PURPOSE, purpose)] if purpose else []
    return _payload((template("38", *values), "VND", "VN"), amount, additional=inner)


def upi(address: str, name: str, amount: Money | None, reference: str) -> str:
    """A UPI link to a virtual payment address. Raises BadValue for another currency than INR."""
    values = {"pa": address, "pn": name}
    if amount is not None:
        if amount.currency != _RUPEE:
            raise BadValue(f"UPI pays in {_RUPEE}")
        values["am"] = decimal_text(amount)
    values |= {"cu": _RUPEE, "tr": reference}
    return f"{UPI_SCHEME}://pay?{urlencode(values, quote_via=quote, safe='@')}"


def check_payload(payload: str, amounts: Iterable[int], currency: str) -> str | None:
    """Why a PSP's payload must not be shown to the buyer; None when it may.

    `amounts` are the minor units of `currency` it may ask for; none: its amount is not looked at. A
    payload that names no amount may be shown, for then it denies none: the buyer enters it, or the
    bank has it. So may one that is neither EMVCo's nor UPI's, such as a plain URL.
    """
    try:
        asked = _asked(payload)
    except BadPayload as problem:
        return problem.detail
    if asked is None:
        return None
    asked_minor, asked_currency = asked
    if asked_currency != currency:
        return f"it asks for {asked_currency}, not for {currency}"
    wanted = tuple(amounts)
    if asked_minor is not None and wanted and asked_minor not in wanted:
        return "it asks for another amount"
    return None


def _asked(payload: str) -> tuple[int | None, str] | None:
    """The amount and currency a payload asks for; None when it is of no kind we can read."""
    if payload[: len(UPI_SCHEME) + 1].casefold() == f"{UPI_SCHEME}:":
        return _asked_by_upi(payload)
    if not payload.startswith("0002"):
        return None
    presented = parse(payload)
    if presented.tip is not None:
        raise BadValue("it asks for a tip")
    return presented.amount_minor, presented.currency


def _asked_by_upi(link: str) -> tuple[int | None, str]:
    values = parse_qs(link.partition("?")[2], keep_blank_values=True)
    if not values.get("pa") or any(len(values.get(name, ())) > 1 for name in ("am", "cu")):
        raise BadValue("it names no payee, or two amounts or currencies")
    if values.get("cu", [_RUPEE]) != [_RUPEE]:
        raise BadValue(f"UPI pays in {_RUPEE}")
    amount = values.get("am")
    return minor_units(amount[0], _RUPEE) if amount else None, _RUPEE


def _pix(account: Field, shop: tuple[str, str], amount: Money | None, txid: str) -> Presented:
    inner = [(REFERENCE_LABEL, txid)]
    return _payload(
        (account, "BRL", "BR"), amount, category=_NO_CATEGORY, shop=shop, additional=inner
    )


def _payload(
    account: tuple[Field, str, str],
    amount: Money | None,
    *,
    category: str | None = None,
    shop: tuple[str | None, str | None] = (None, None),
    additional: Iterable[tuple[str, str]] = (),
) -> Presented:
    """A payload to an account in its currency and country; for one payment when it has an amount.

    Raises BadValue when the amount is in another currency.
    """
    field, currency, country = account
    if amount is not None and amount.currency != currency:
        raise BadValue(f"this scheme pays in {currency}")
    return Presented(
        accounts=(field,),
        currency=currency,
        country=country,
        amount_minor=amount.minor if amount is not None else None,
        dynamic=amount is not None,
        category=category,
        merchant=shop[0],
        city=shop[1],
        additional=tuple(Field(tag, value) for tag, value in additional),
    )


def _singapore_time(at: Instant) -> str:
    """An instant as `yyyymmddHHMMSS` by the clocks of Singapore, eight hours before UTC's."""
    return "".join(filter(str.isdigit, rfc3339(at + 8 * HOUR)))[: len("yyyymmddHHMMSS")]
