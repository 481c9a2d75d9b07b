"""How large DynamoDB takes a row to be, and what writing or reading so much costs.

By "DynamoDB item sizes and formats" and "Capacity unit consumption" of the developer guide; the
emulator's own count is held against this in every run (`meter`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
"""A row in DynamoDB's own form."""
WRITE_UNIT_BYTES = 1_024
READ_UNIT_BYTES = 4_096
_CONTAINER = 3
"""Bytes of a list or map itself, beside one for each of its elements."""


def item_size(item: Item | None) -> int:
    """Bytes of a row: its attributes' names and values; 0 when there is none."""
    if item is None:
        return 0
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Mapping[str, Any]) -> int:
    """Bytes of one value. Raises ValueError for a kind that no row of ours has.

    >>> value_size({"M": {"a": {"S": "xy"}}})
    7
    """
    ((kind, plain),) = value.items()
    match kind:
        case "S":
            return len(plain.encode())
        case "N":
            return _number_size(plain)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return _CONTAINER + sum(1 + value_size(one) for one in plain)
        case "M":
            inner = sum(1 + len(name.encode()) + value_size(one) for name, one in plain.items())
            return _CONTAINER + int(inner)
    raise ValueError(f"a value of kind {kind}")


def _number_size(text: str) -> int:
    """A byte for two significant digits, one more, and one for the sign of a negative number."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")


def write_units(size: int) -> int:
    """Units of one plain write of so many bytes: one for each begun kilobyte, one at least."""
    return max(1, -(-size // WRITE_UNIT_BYTES))


def read_halves(size: int, *, consistent: bool) -> int:
    """Half units of one read of so many bytes: two for each begun 4 kB, one where it may lag."""
    return max(1, -(-size // READ_UNIT_BYTES)) * (2 if consistent else 1)
