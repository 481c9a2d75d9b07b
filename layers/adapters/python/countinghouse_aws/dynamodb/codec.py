"""Plain values to DynamoDB's wire format and back: text, integers, booleans, lists and maps.

boto3's own serializer turns numbers into Decimal and costs six times as much; money here is int,
so a number that is not an integer is refused on the way in and on the way out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Plain = dict[str, Any]
Item = dict[str, Any]
"""An item as the low-level client speaks it: `{"name": {"S": "text"}}`."""


def to_attribute(value: object) -> dict[str, Any]:
    """One value in wire format. Raises TypeError for anything but the types above."""
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": str(value)}
        case int():
            return {"N": str(value)}
        case None:
            return {"NULL": True}
        case Mapping():
            return {"M": {str(name): to_attribute(part) for name, part in value.items()}}
        case Sequence() if not isinstance(value, (bytes, bytearray)):
            return {"L": [to_attribute(part) for part in value]}
        case _:
            raise TypeError(f"{type(value).__name__} is not stored here")


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """One value from wire format. Raises TypeError for a type we never store."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value)
        case "M":
            return {name: from_attribute(part) for name, part in value.items()}
        case "L":
            return [from_attribute(part) for part in value]
        case "NULL":
            return None
        case _:
            raise TypeError(f"attribute type {kind} is not stored here")


def to_item(plain: Mapping[str, object]) -> Item:
    """An item in wire format; attributes that are None are left out."""
    return {name: to_attribute(value) for name, value in plain.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> Plain:
    """An item as plain values."""
    return {name: from_attribute(attribute) for name, attribute in item.items()}


def present(**fields: object) -> Plain:
    """A map without the fields that are None: an absent attribute costs nothing."""
    return {name: value for name, value in fields.items() if value is not None}
