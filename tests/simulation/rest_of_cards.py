"""I19: nowhere what looks like a card number: rows, messages, what was logged and published.

Looked for twice: by the product's own detector, and by a pattern and a Luhn sum of these tests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ministack.services import dynamodb

from countinghouse_aws.card_numbers import holds_card_number
from tests.simulation import cloud

_DIGITS = re.compile(r"(?<![0-9A-Za-z])[2-6](?:[ -]?[0-9]){12,18}(?![0-9A-Za-z])")
"""13 to 19 digits by themselves that begin as cards do; not the digits inside of a hash."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ENTRY = re.compile(r'"entry": \{"S": "[0-9a-f]{16}"\}')
"""A journal's key is a hash: one in two thousand is of digits alone."""
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def looks_like_card(text: str) -> bool:
    """Whether such digits stand in the text and pass Luhn's check."""
    return any(_luhn(found) for found in _DIGITS.findall(_UUID.sub("", text)))


def _luhn(found: str) -> bool:
    digits = [int(char) for char in reversed(found) if char.isdigit()]
    return (sum(digits[::2]) + sum(_DOUBLED[digit] for digit in digits[1::2])) % 10 == 0


def stored() -> Iterator[tuple[str, str]]:
    """Every row and every message still in a queue, as text."""
    for table in cloud.TABLES:
        kept = dynamodb._tables[table]["items"].items()
        # A day's seal is a sum of hashes: digits by themselves, and nobody else's.
        rows = [list(row.values()) for key, row in kept if not key.startswith("seal#")]
        yield f"table {table}", _ENTRY.sub("", json.dumps(rows))
    for queue in cloud.all_queues():
        for message in cloud.messages(queue):
            yield f"queue {queue}", message["body"]


def sent(delivered: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, str]]:
    """Every message that a queue has handed out."""
    for function, event in delivered:
        for record in event.get("Records", ()):
            if "body" in record:
                yield f"queue of {function}", record["body"]


def cards(texts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """I19: every place where a card number stands. What is found is not shown again."""
    for place, text in texts:
        if looks_like_card(text) or holds_card_number(text):
            yield f"I19: what looks like a card number stands in {place}"
