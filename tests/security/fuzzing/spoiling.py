"""Good texts made bad: in their bytes, or as JSON with a value in it exchanged."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from typing import Any

SPICE = (b"\x00", b"\xff", b'"', b"{", b",", b"-", b"e9", b"9" * 40, b"\r\n", "٣".encode(), b":")
ODD: tuple[Any, ...] = (
    *(None, True, False, "", [], {}, 0, -1, 1.5, 2**31, 2**63, -(2**63), 10**40),
    *(
        "٣",
        "\x00",
        "e9",
        "true",
        "EUR",
        "2026-11-22T08:00:00Z",
        "9999-12-31T23:59:59Z",
        "-",
        "a" * 300,
    ),
    *([None], {"": None}, [[[[]]]], {"amount": {"value": 1}}),
)


def spoilt(seed: bytes, chance: random.Random) -> bytes:
    """A good text with a few things done to it."""
    if chance.random() < 0.5 and (exchanged := spoilt_json(seed, chance)) is not None:
        return exchanged
    data = bytearray(seed)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                data[at:at] = chance.choice(SPICE)
            case 1:
                del data[at : at + chance.randint(1, 12)]
            case 2:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 3:
                data[at:at] = data[: chance.randint(1, 30)]
            case _:
                del data[at:]
    return bytes(data)


def spoilt_json(seed: bytes, chance: random.Random) -> bytes | None:
    """The document with some of its values exchanged or gone; None when it is no document."""
    try:
        told = json.loads(seed)
    except (ValueError, RecursionError):
        return None
    for _ in range(chance.randint(1, 3)):
        places = list(_places(told))
        if not places:
            return None
        parent, key = chance.choice(places)
        if chance.random() < 0.2:
            del parent[key]
        else:
            parent[key] = deepcopy(chance.choice(ODD))
    return json.dumps(told).encode()


def _places(value: Any) -> Any:
    """Every place of a document that holds something: what it is in, and its key or index."""
    within: Any = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        within = enumerate(value)
    for key, part in list(within):
        yield value, key
        yield from _places(part)
