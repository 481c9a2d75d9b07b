"""Refusing card numbers at the door: nothing that looks like one is stored or logged."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from countinghouse.domain.errors import Invalid

_RUN = re.compile(r"\d+(?:[\s.,/_\u2010-\u2015\u2212-]{1,3}\d+)*")
"""Groups of digits with at most three separators between one and the next."""

_GROUP = re.compile(r"\d+")
_DIGITS_MIN, _DIGITS_MAX = 13, 19
_FIRST_DIGITS = "23456"
_TOKEN = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9A-Za-z])"  # a UUID, or one bare word
    r"|[0-9A-Za-z]+"
)
_HEX_ID_LENGTH_MIN = 20
_HEX_LETTERS_MIN = 3
_LUHN_BASE = 10


def refuse_card_numbers(body: object) -> None:
    """Raise Invalid (`card_number_refused`) if any text, number or key in `body` holds one.

    The error names nothing of the body.
    """
    for text in _texts(body):
        if holds_card_number(text):
            raise Invalid(
                "the body holds what looks like a card number; send the PSP's token instead",
                code="card_number_refused",
            )


def holds_card_number(text: str) -> bool:
    """Whether 13 to 19 digits with a card's first digit pass Luhn, separators allowed.

    Digits of any script count. Long hexadecimal ids and UUIDs are not cut up into digits.
    """
    plain = text if text.isascii() else _with_ascii_digits(text)
    plain = _TOKEN.sub(lambda token: "x" if _is_hex_id(token[0]) else token[0], plain)
    return any(_luhn(number) for run in _RUN.findall(plain) for number in _numbers(run))


def _with_ascii_digits(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in plain)


def _numbers(run: str) -> Iterator[str]:
    """Every number of a card's length that some neighbouring groups make: the expiry date behind a
    card number must not hide it."""
    groups = _GROUP.findall(run)
    for start, first in enumerate(groups):
        if first[0] not in _FIRST_DIGITS:
            continue
        number = ""
        for group in groups[start : start + _DIGITS_MAX]:
            number += group
            if len(number) > _DIGITS_MAX:
                break
            if len(number) >= _DIGITS_MIN:
                yield number


def _is_hex_id(token: str) -> bool:
    if len(token) < _HEX_ID_LENGTH_MIN:
        return False
    letters = [char for char in token if not char.isdigit() and char != "-"]
    return len(letters) >= _HEX_LETTERS_MIN and all(char in "abcdef" for char in letters)


def _luhn(text: str) -> bool:
    digits = [int(char) for char in text]
    doubled = [sum(divmod(2 * digit, _LUHN_BASE)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % _LUHN_BASE == 0


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield str(name)
            yield from _texts(part)
    elif isinstance(value, Sequence):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
