"""Merchant-presented QR payloads: EMVCo's tag-length-value text, built and read strictly.

EMV QR Code Specification for Payment Systems, Merchant-Presented Mode, version 1.1 (QRCPS): two
digits of tag, two of length (in characters), the value; `00` comes first, `63` last and holds a
CRC-16/CCITT-FALSE over all before it. The order of the rest is free. Schemes leave out what they do
not need (PromptPay and VietQR the merchant's name and city), so only what all of them have is
required.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator

from countinghouse.domain.currencies import CURRENCIES
from countinghouse.domain.errors import Invalid
from countinghouse.domain.money import Money
from countinghouse.records import dataclass

PAYLOAD_MAX = 512
"""Characters of a payload: what a camera still reads off a screen (QRCPS 3.6)."""

FORMAT, INITIATION, CATEGORY, CURRENCY, AMOUNT = "00", "01", "52", "53", "54"
TIP, COUNTRY, MERCHANT, CITY, ADDITIONAL, CHECKSUM = "55", "58", "59", "60", "62", "63"
REFERENCE_LABEL = "05"
_VERSION, _STATIC, _DYNAMIC = "01", "11", "12"
_ACCOUNTS = frozenset(f"{tag:02d}" for tag in range(2, 52))
_VALUE_MAX = 99
_HEAD_LENGTH = 4
_CHECKSUM_LENGTH = 4
_LENGTHS = {FORMAT: 2, INITIATION: 2, CATEGORY: 4, CURRENCY: 3, COUNTRY: 2, CHECKSUM: 4}
_LENGTHS_MAX = {AMOUNT: 13, MERCHANT: 25, CITY: 15}
_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]*)?")
_DIGITS = re.compile(r"[0-9]+")

# A number that was passed on is the newer currency's.
_BY_NUMBER = {number: code for code, (_, number) in CURRENCIES.items()}


class BadPayload(Invalid):
    """The text is no merchant-presented payload."""


class BadLength(BadPayload):
    """A value is cut off, too long for its tag, or not as long as its tag wants it."""


class BadOrder(BadPayload):
    """`00` is not first, `63` not last, or a tag stands there twice."""


class BadChecksum(BadPayload):
    """The checksum is not that of the text."""


class MissingTag(BadPayload):
    """A tag is missing that every payload has."""


class BadValue(BadPayload):
    """A value is not of its tag's form."""


class TooLong(BadPayload):
    """There is more of it than a code can hold."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value under its two-digit tag."""

    tag: str
    value: str


@dataclass(frozen=True, slots=True)
class Presented:
    """A payload. The amount is in minor units of `currency`; None: the buyer enters it.

    `accounts` are the merchant's accounts by their tags, `26` to `51` being templates. `dynamic`
    tells a code for one payment from one that hangs on a wall; None: it does not say. `tip` is the
    indicator `55`, with which the buyer pays more than the amount. `other` are tags not named here.
    """

    accounts: tuple[Field, ...]
    currency: str
    country: str
    amount_minor: int | None = None
    dynamic: bool | None = None
    category: str | None = None
    merchant: str | None = None
    city: str | None = None
    tip: str | None = None
    additional: tuple[Field, ...] = ()
    other: tuple[Field, ...] = ()

    def account(self, identifier: str) -> dict[str, str] | None:
        """The values of the account template of that globally unique identifier, by tag."""
        for field in self.accounts:
            inner = read_fields(field.value) if field.tag >= "26" else ()
            values = {one.tag: one.value for one in inner}
            if values.get(FORMAT, "").casefold() == identifier.casefold():
                return values
        return None


def template(tag: str, *values: tuple[str, str]) -> Field:
    """A field that holds fields. Raises BadPayload."""
    return Field(tag, "".join(map(_written, (Field(*value) for value in values))))


def build(payload: Presented) -> str:
    """The payload's text, checksum and all. Raises BadPayload for what cannot be written."""
    fields = [Field(FORMAT, _VERSION), *_body(payload)]
    head = "".join(map(_written, fields)) + f"{CHECKSUM}04"
    text = head + _checksum(head)
    # Whatever could not be read back is not written.
    parse(text)
    return text


def parse(text: str) -> Presented:
    """What a payload says. Raises BadPayload, by what is wrong with it."""
    if len(text) > PAYLOAD_MAX:
        raise TooLong(f"a payload has {PAYLOAD_MAX} characters at most")
    fields = list(read_fields(text))
    _check_order(fields)
    for field in fields:
        _check_form(field)
    if text[-_CHECKSUM_LENGTH:].upper() != _checksum(text[:-_CHECKSUM_LENGTH]):
        raise BadChecksum("the checksum is not the payload's")
    values = {field.tag: field.value for field in fields}
    if not values.keys() & _ACCOUNTS or not {CURRENCY, COUNTRY} <= values.keys():
        raise MissingTag("a payload has a merchant account, a currency and a country")
    return _presented(fields, values)


def read_fields(text: str) -> Iterator[Field]:
    """The fields of a text or a template, in their order. Raises BadLength, BadValue."""
    at = 0
    while at < len(text):
        head = text[at : at + _HEAD_LENGTH]
        if len(head) < _HEAD_LENGTH:
            raise BadLength("the payload ends within a field")
        if not (head.isascii() and _DIGITS.fullmatch(head)):
            raise BadValue("a field begins with two digits of tag and two of length")
        end = at + _HEAD_LENGTH + int(head[2:])
        if end > len(text) or head[2:] == "00":
            raise BadLength(f"field {head[:2]} is not as long as it says")
        yield Field(head[:2], text[at + _HEAD_LENGTH : end])
        at = end


def decimal_text(amount: Money) -> str:
    """An amount as payloads write it: `12.50`, `1250` without decimals; integers alone."""
    exponent = CURRENCIES[amount.currency][0]
    digits = str(amount.minor).rjust(exponent + 1, "0")
    return f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits


def minor_units(text: str, currency: str) -> int:
    """A decimal text in minor units. Raises BadValue when it has parts of one, or is nothing."""
    exponent = CURRENCIES[currency][0]
    if not (text.isascii() and _DECIMAL.fullmatch(text)):
        raise BadValue("an amount is digits and at most one point")
    whole, _, decimals = text.partition(".")
    kept, dropped = decimals[:exponent].ljust(exponent, "0"), decimals[exponent:]
    minor = int(whole + kept)
    if dropped.strip("0") or minor == 0:
        raise BadValue(f"{currency} has {exponent} decimals, and an amount is not zero")
    return minor


def _body(payload: Presented) -> Iterable[Field]:
    """Every field but the first and the last."""
    if payload.currency not in CURRENCIES:
        raise BadValue(f"{payload.currency!r} is not an ISO 4217 currency")
    initiation = {True: _DYNAMIC, False: _STATIC, None: None}[payload.dynamic]
    amount = payload.amount_minor
    written = None if amount is None else decimal_text(Money(amount, payload.currency))
    inner = "".join(map(_written, payload.additional))
    values = (
        (INITIATION, initiation),
        *((account.tag, account.value) for account in payload.accounts),
        (CATEGORY, payload.category),
        (CURRENCY, CURRENCIES[payload.currency][1]),
        (AMOUNT, written),
        (TIP, payload.tip),
        (COUNTRY, payload.country),
        (MERCHANT, payload.merchant),
        (CITY, payload.city),
        (ADDITIONAL, inner or None),
        *((field.tag, field.value) for field in payload.other),
    )
    return (Field(tag, value) for tag, value in values if value is not None)


def _written(field: Field) -> str:
    if not 1 <= len(field.value) <= _VALUE_MAX:
        raise BadLength(f"the value of {field.tag} has from 1 to {_VALUE_MAX} characters")
    return f"{field.tag}{len(field.value):02d}{field.value}"


def _checksum(text: str) -> str:
    return f"{binascii.crc_hqx(text.encode('utf-8', 'surrogatepass'), 0xFFFF):04X}"


def _check_order(fields: list[Field]) -> None:
    tags = [field.tag for field in fields]
    if not tags or tags[0] != FORMAT or tags[-1] != CHECKSUM:
        raise BadOrder(f"a payload begins with {FORMAT} and ends with {CHECKSUM}")
    if len(set(tags)) != len(tags):
        raise BadOrder("a tag stands there twice")


def _check_form(field: Field) -> None:
    length = len(field.value)
    if length != _LENGTHS.get(field.tag, length) or length > _LENGTHS_MAX.get(field.tag, length):
        raise BadLength(f"the value of {field.tag} is not of its length")
    if "26" <= field.tag <= "51" and FORMAT not in {f.tag for f in read_fields(field.value)}:
        raise MissingTag(f"the account {field.tag} says not whose it is")


def _presented(fields: list[Field], values: dict[str, str]) -> Presented:
    currency = _BY_NUMBER.get(values[CURRENCY])
    initiation = values.get(INITIATION)
    if values[FORMAT] != _VERSION or initiation not in (None, _STATIC, _DYNAMIC):
        raise BadValue("this is another version, or neither a static nor a dynamic code")
    if currency is None:
        raise BadValue("the currency is not one of ISO 4217")
    named = {INITIATION, CATEGORY, CURRENCY, AMOUNT, TIP, COUNTRY, MERCHANT, CITY, ADDITIONAL}
    named |= _ACCOUNTS | {FORMAT, CHECKSUM}
    amount = values.get(AMOUNT)
    return Presented(
        accounts=tuple(field for field in fields if field.tag in _ACCOUNTS),
        currency=currency,
        country=values[COUNTRY],
        amount_minor=None if amount is None else minor_units(amount, currency),
        dynamic=None if initiation is None else initiation == _DYNAMIC,
        category=values.get(CATEGORY),
        merchant=values.get(MERCHANT),
        city=values.get(CITY),
        tip=values.get(TIP),
        additional=tuple(read_fields(values.get(ADDITIONAL, ""))),
        other=tuple(field for field in fields if field.tag not in named),
    )
