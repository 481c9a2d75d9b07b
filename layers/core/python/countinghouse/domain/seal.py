"""Seals: one hash a day over every journal booked since the day before, each over the one before.

A day's journals are booked for good, so their number, their sums and the sum of their digests never
change again. The seal keeps them; whoever removes, adds or alters a journal of a sealed day makes
the figures differ, and whoever alters a seal breaks every later one. The digests are added up as
numbers, whatever order they come in, because that is one `sum` in SQL over any number of rows.

What it is not: sixty-bit numbers that are added up hold against a fault and against a hand that
changes a journal, not against somebody who can book thousands of journals of their own making and
choose them to add up. Against those stand the wallets' chains, which are SHA-256 over SHA-256.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from countinghouse.domain.instants import DAY, HOUR, Instant, day_of, start_of_day
from countinghouse.domain.ledger import Journal
from countinghouse.records import dataclass

_NUMBER_DIGITS = 15
"""Hexadecimal digits of a digest that fit a signed 64-bit column."""

SETTLE = HOUR
"""How long after a day's end its last bookings may still be written, and be underway to the lake:
well over any function's time-out and Firehose's fifteen minutes."""


def digest_number(digest: str) -> int:
    """A digest as the number that is added up: its first sixty bits."""
    return int(digest[:_NUMBER_DIGITS], 16)


@dataclass(frozen=True, slots=True)
class Figures:
    """What some journals come to: how many, their debits by currency, their digests' sum."""

    journals: int
    debits: Mapping[str, int]
    digest_sum: int


def nothing() -> Figures:
    """The figures of no journal at all."""
    return Figures(0, {}, 0)


def add_up(journals: Iterable[Journal]) -> Figures:
    """The figures of these journals."""
    tally = Tally()
    for journal in journals:
        tally.add(journal)
    return tally.figures


class Tally:
    """Figures in the making, one journal after the other."""

    def __init__(self) -> None:
        self._journals = 0
        self._debits: dict[str, int] = {}
        self._digest_sum = 0

    def add(self, journal: Journal) -> None:
        """Count one journal more."""
        self._journals += 1
        self._digest_sum += digest_number(journal.digest)
        for leg in journal.legs:
            if leg.amount.minor > 0:
                code = leg.amount.currency
                self._debits[code] = self._debits.get(code, 0) + leg.amount.minor

    @property
    def figures(self) -> Figures:
        """What it comes to by now."""
        return Figures(self._journals, dict(sorted(self._debits.items())), self._digest_sum)


@dataclass(frozen=True, slots=True)
class Seal:
    """A day's seal: the figures of every journal booked after the day sealed before, up to its end.

    The first seal reaches back to the beginning. `previous` is the hash of the seal before, empty
    for the first.
    """

    day: str
    previous_day: str
    previous: str
    figures: Figures

    @property
    def hash(self) -> str:
        """SHA-256 over all it says, the seal before included."""
        return hashlib.sha256(json.dumps(self.view(), sort_keys=True).encode()).hexdigest()

    @property
    def until(self) -> Instant:
        """The first instant that it does not cover."""
        return end_of(self.day)

    def view(self) -> dict[str, object]:
        """All it says, as it is hashed; the digest sum is text, for it outgrows JSON's numbers."""
        return {
            "day": self.day,
            "previous_day": self.previous_day,
            "previous": self.previous,
            "journals": self.figures.journals,
            "debits": dict(self.figures.debits),
            "digest_sum": str(self.figures.digest_sum),
        }


def parse_seal(view: Mapping[str, object]) -> Seal:
    """A seal from what it says. Raises ValueError, TypeError or KeyError when it is none."""
    debits = view["debits"]
    if not isinstance(debits, Mapping):
        raise TypeError("a seal's debits are amounts by currency")
    figures = Figures(
        int(str(view["journals"])),
        {str(code): int(str(minor)) for code, minor in debits.items()},
        int(str(view["digest_sum"])),
    )
    start_of_day(str(view["day"]))
    return Seal(str(view["day"]), str(view["previous_day"]), str(view["previous"]), figures)


def end_of(day: str) -> Instant:
    """The first instant after a UTC day. Raises ValueError when the text names none."""
    return start_of_day(day) + DAY


def last_sealable(now: Instant) -> str:
    """The newest day whose journals are all there by now."""
    return day_of(now - SETTLE - DAY)


def seal(day: str, figures: Figures, previous: Seal | None) -> Seal:
    """The seal of a day after the one before it."""
    if previous is None:
        return Seal(day, "", "", figures)
    return Seal(day, previous.day, previous.hash, figures)


def check_chain(seals: Sequence[Seal]) -> list[str]:
    """What is wrong with the chain of these seals, oldest first; empty when it holds."""
    problems = []
    before: Seal | None = None
    for one in seals:
        wanted = seal(one.day, one.figures, before)
        if (one.previous_day, one.previous) != (wanted.previous_day, wanted.previous):
            problems.append(f"the seal of {one.day} does not follow from the one before it")
        elif before is not None and one.day <= before.day:
            problems.append(f"the seal of {one.day} stands behind that of {before.day}")
        before = one
    return problems


class SealTallies:
    """The figures that each seal's period comes to, from journals in whatever order."""

    def __init__(self, seals: Sequence[Seal]) -> None:
        self._ends = [one.until - 1 for one in seals]
        self._tallies = [Tally() for _ in seals]
        self.unsealed = Tally()

    def add(self, journal: Journal) -> None:
        """Count a journal towards the seal that covers the instant it was booked at."""
        place = bisect_left(self._ends, journal.created_at)
        tally = self._tallies[place] if place < len(self._tallies) else self.unsealed
        tally.add(journal)

    @property
    def figures(self) -> tuple[Figures, ...]:
        """What each seal's journals come to, in the seals' order."""
        return tuple(tally.figures for tally in self._tallies)


def explain(sealed: Figures, found: Figures) -> str:
    """How two figures differ, in words."""
    parts = []
    if sealed.journals != found.journals:
        parts.append(f"{found.journals} journals instead of {sealed.journals}")
    for code in sorted({*sealed.debits, *found.debits}):
        left, right = sealed.debits.get(code, 0), found.debits.get(code, 0)
        if left != right:
            parts.append(f"debits {right} {code} instead of {left}")
    if sealed.digest_sum != found.digest_sum and not parts:
        parts.append("journals with the same sums and other contents")
    return ", ".join(parts)


def differing(sealed: Figures, found: Figures) -> tuple[str, ...]:
    """The currencies in which two figures differ; empty when it shows in none, so in any."""
    codes = {*sealed.debits, *found.debits}
    return tuple(sorted(c for c in codes if sealed.debits.get(c, 0) != found.debits.get(c, 0)))
