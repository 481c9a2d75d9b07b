"""Card numbers in every disguise: what is refused, and what of ours is taken for one.

The numbers are made here, with a check digit counted another way than the product counts it, and
go through the same reading of a body as every request's.
"""

from __future__ import annotations

import json
import random
import uuid
from base64 import b64encode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from countinghouse.domain.errors import Invalid
from countinghouse.domain.ledger import journal_key
from countinghouse_aws.card_numbers import holds_card_number
from countinghouse_aws.edge.body import read_body
from tools.proof.claims import Claim, Proof, Run

NUMBERS = 100_000
QUICK = 2_000
_FALSE_MAX = 0.001

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_SCRIPTS = (0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50, 0xFF10, 0x1D7CE, 0x1D7D8)
"""Zeros of Arabic, Persian, Devanagari, Bengali, Thai, full-width and two mathematical sets."""
_BETWEEN = (" ", "-", ".", "/", "_", ":", "*", "|", "\u00a0", "\u2009", "\u2013", "\u2014", " - ")
_UNSEEN = (
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\u00ad",
    "\ufeff",
    "\u034f",
    "\u3164",
    "\ufe0f\u20e3",
)


def number(chance: random.Random) -> str:
    """A card number of 13 to 19 digits that passes Luhn."""
    length = chance.choice((13, 14, 15, 16, 16, 16, 16, 18, 19))
    body = chance.choice("23456") + "".join(chance.choices("0123456789", k=length - 2))
    total = sum(
        _DOUBLED[int(digit)] if place % 2 == 0 else int(digit)
        for place, digit in enumerate(reversed(body))
    )
    return body + str(-total % 10)


def grouped(text: str, between: str) -> str:
    """As it is printed: four by four, the fifteen digits of one scheme as four, six, five."""
    if len(text) == len("378282246310005"):
        return between.join((text[:4], text[4:10], text[10:]))
    return between.join(text[place : place + 4] for place in range(0, len(text), 4))


def _script(text: str, chance: random.Random) -> str:
    zero = chance.choice(_SCRIPTS)
    return "".join(chr(zero + int(digit)) for digit in text)


DISGUISES: Mapping[str, Callable[[str, random.Random], object]] = {
    "bare": lambda n, _: n,
    "a number": lambda n, _: int(n),
    "in groups": lambda n, c: grouped(n, c.choice(_BETWEEN)),
    "in a sentence": lambda n, c: f"card {grouped(n, c.choice(' -'))}, exp 12/29, thanks",
    "beside letters": lambda n, _: f"ref{n}x",
    "in another script": _script,
    "in another script's groups": lambda n, c: grouped(_script(n, c), c.choice(_BETWEEN)),
    "cut by characters nobody sees": lambda n, c: c.choice(_UNSEEN).join(n),
    "over lines": lambda n, _: grouped(n, "\r\n"),
    "a key": lambda n, _: {n: 1},
    "deep inside": lambda n, _: [{"a": [{"b": {"c": [n]}}]}],
    "cut into an array": lambda n, _: grouped(n, ",").split(","),
    "JSON in a text": lambda n, _: json.dumps({"pan": n}),
    "percent-encoded": lambda n, _: quote(grouped(n, " ")),
    "in base64": lambda n, _: b64encode(n.encode()).decode(),
    "in base64 for addresses": lambda n, _: urlsafe_b64encode(f"c={n}?".encode()).decode(),
}

OUR_IDS: Mapping[str, Callable[[random.Random], str]] = {
    "a journal's": lambda c: journal_key(_hex(c, 8), "capture").ledger_id,
    "a payout's": lambda c: f"po_{_hex(c, 32)}",
    "an order's": lambda c: f"{_hex(c, 24)}-{c.randrange(50)}",
    "an attempt's key": lambda c: f"{_hex(c, 24)}-{c.randrange(50)}:charge:{c.randrange(1, 4)}",
    "an event's": lambda c: f"sandbox#evt_{_hex(c, 24)}",
    "a UUID": lambda c: str(uuid.UUID(int=c.getrandbits(128), version=4)),
    "a hash": lambda c: _hex(c, 64),
    "a Stripe object's": lambda c: "pi_3" + "".join(c.choices(_BASE62, k=23)),
    "an instant": lambda c: f"2026-{c.randrange(1, 13):02}-22T07:34:{c.randrange(60):02}.123Z",
}
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _hex(chance: random.Random, length: int) -> str:
    return f"{chance.getrandbits(4 * length):0{length}x}"


def is_refused(value: object) -> bool:
    """Whether a request with this in its body is refused, for this and in words without it."""
    body = json.dumps({"reason": value}, ensure_ascii=False).encode()
    try:
        read_body(body, "application/json")
    except Invalid as error:
        return error.code == "card_number_refused" and str(value) not in str(error)
    return False


@dataclass(frozen=True, slots=True)
class Found:
    """How many numbers each disguise had, how many were let through, and ids taken for one."""

    tried: Counter[str]
    missed: Counter[str]
    ids: int
    taken: Counter[str]


def look(count: int, seed: int = 1) -> Found:
    """Disguise `count` numbers, one way after the other, and make as many ids of ours."""
    chance = random.Random(seed)
    found = Found(Counter(), Counter(), count, Counter())
    ways, kinds = list(DISGUISES), list(OUR_IDS)
    for place in range(count):
        way = ways[place % len(ways)]
        found.tried[way] += 1
        found.missed[way] += not is_refused(DISGUISES[way](number(chance), chance))
        kind = kinds[place % len(kinds)]
        found.taken[kind] += holds_card_number(OUR_IDS[kind](chance))
    return found


def prove(run: Run) -> Proof:
    """Count what is refused of what is a card number, and of what is not."""
    found = look(QUICK if run.quick else NUMBERS)
    tried, missed, taken = found.tried.total(), found.missed.total(), found.taken.total()
    lines = [f"| {way} | {n} | {found.missed[way]} |" for way, n in found.tried.items()]
    notes = "\n".join(["| disguise | numbers | let through |", "|---|---|---|", *lines])
    return Proof(
        (
            Claim("every card number is refused", f"{tried - missed} of {tried}", missed == 0),
            Claim(
                "less than one in a thousand of our own ids is",
                f"{taken} of {found.ids}",
                taken < found.ids * _FALSE_MAX,
            ),
        ),
        notes,
    )
