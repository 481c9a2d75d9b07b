"""What looks like a card number: nothing that does is stored or logged."""

from __future__ import annotations

import re
import unicodedata
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from urllib.parse import unquote

from countinghouse.domain.unseen import is_unseen

_RUN = re.compile(r"\d+(?:[\s.,/_\u2010-\u2015\u2212-]{1,3}\d+)*")
"""Groups of digits with at most three separators between one and the next."""

_PRINTED = re.compile(
    r"(?<!\d)(?=(\d{4}[^0-9A-Za-z]{1,3}\d{4,6}(?:[^0-9A-Za-z]{1,3}\d{1,5}){1,3})(?!\d))"
)
"""Groups as they are printed on a card, four by four or four, six, five, with anything between."""

_BASE64 = re.compile(r"[0-9A-Za-z+/_-]{18,}")
"""A word long enough to be thirteen digits in base64."""

_GROUP = re.compile(r"\d+")
_DIGIT = re.compile(r"[0-9]")
_DIGITS_MIN, _DIGITS_MAX = 13, 19
_FIRST_DIGITS = "23456"
_TOKEN = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9A-Za-z])"  # a UUID, or one bare word
    r"|[0-9A-Za-z]+"
)
_BASE64_LENGTH_MIN = 18
_URL_SAFE = str.maketrans("+/", "-_")
_HEX_ID_LENGTH_MIN = 20
_HEX_LETTERS_MIN = 3
_LUHN_BASE = 10

WITHHELD = "withheld"
"""Stands for words of a PSP's that held a card number."""


def holds_card_number(text: str) -> bool:
    """Whether 13 to 19 digits with a card's first digit pass Luhn, separators allowed.

    Digits of any script count, and what is percent-encoded or in base64 is looked at as well, once.
    Long hexadecimal ids and UUIDs are not cut up into digits.
    """
    # However it is written, a card number is no shorter than its digits.
    return len(text) >= _DIGITS_MIN and any(map(_holds, _readings(text)))


def is_card_number(text: str) -> bool:
    """Whether the text is a card number's digits and nothing else."""
    is_long_enough = _DIGITS_MIN <= len(text) <= _DIGITS_MAX
    return is_long_enough and text.isdecimal() and text[0] in _FIRST_DIGITS and _luhn(text)


def withheld(words: str) -> str:
    """A PSP's words as they are kept: WITHHELD where they hold a card number."""
    return WITHHELD if holds_card_number(words) else words


def _holds(text: str) -> bool:
    if text.isascii() and len(_DIGIT.findall(text)) < _DIGITS_MIN:
        # Most texts: names, codes, words.
        return False
    plain = text if text.isascii() else _with_ascii_digits(text)
    plain = _TOKEN.sub(lambda token: "x" if _is_hex_id(token[0]) else token[0], plain)
    runs = [*_RUN.findall(plain), *_PRINTED.findall(plain)]
    return any(_luhn(number) for run in runs for number in _numbers(run))


def _readings(text: str) -> Iterator[str]:
    """The text, and what else it may be meant as."""
    yield text
    if "%" in text:
        yield unquote(text)
    if len(text) >= _BASE64_LENGTH_MIN:
        yield from filter(None, map(_decoded, _BASE64.findall(text)))


def _decoded(word: str) -> str | None:
    """The text that a word is the base64 of, either alphabet, or None."""
    whole = word.translate(_URL_SAFE) + "=" * (-len(word) % 4)
    try:
        return urlsafe_b64decode(whole).decode("ascii")
    except ValueError:
        return None


def _with_ascii_digits(text: str) -> str:
    """Digits of any script as ours, without what nobody sees and the marks that decorate them."""
    # Taken apart, so that no mark hides in one character with its digit.
    plain = unicodedata.normalize("NFKD", text)
    seen = (char for char in plain if not (is_unseen(char) or unicodedata.category(char)[0] == "M"))
    return "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in seen)


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
