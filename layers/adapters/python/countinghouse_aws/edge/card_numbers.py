"""Refusing card numbers at the door: nothing that looks like one is stored or logged."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from countinghouse.domain.errors import Invalid

_CANDIDATE = re.compile(r"(?<!\d)[2-6](?:[ ./_-]{0,2}\d){12,18}(?!\d)")
_TOKEN = re.compile(r"[0-9A-Za-z]+")
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

    Digits of any script count. Long hexadecimal ids are not cut up into digits.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = _TOKEN.sub(lambda token: "x" if _is_hex_id(token[0]) else token[0], plain)
    digits = "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in plain)
    return any(_luhn(match[0]) for match in _CANDIDATE.finditer(digits))


def _is_hex_id(token: str) -> bool:
    if len(token) < _HEX_ID_LENGTH_MIN:
        return False
    letters = [char for char in token if not char.isdigit()]
    return len(letters) >= _HEX_LETTERS_MIN and all(char in "abcdef" for char in letters)


def _luhn(text: str) -> bool:
    digits = [int(char) for char in text if char.isdigit()]
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
