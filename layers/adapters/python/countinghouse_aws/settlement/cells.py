"""A row's cells by the name of their column, read strictly; a reason never repeats a cell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import Instant, from_rfc3339, start_of_day
from countinghouse.domain.money import EXPONENTS
from countinghouse.records import dataclass
from countinghouse_aws.card_numbers import withheld

AMOUNT_MAX = 10**15
"""The largest amount taken from a file, in minor units: no day's turnover comes near it."""
TEXT_MAX = 100
"""Characters of a reference."""
WORD_MAX = 64
"""Characters kept of a text that only people read."""

_FORMULA = frozenset("=+-@＝＋－＠")
_STRUCTURAL = frozenset('"\\')
"""What a reader of the lake's text might take for a quote or an escape."""
_MINOR = re.compile(r"-?[0-9]{1,16}")
_MAJOR = re.compile(r"-?(?:[0-9]{1,16}(?:\.[0-9]{0,8})?|\.[0-9]{1,8})")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 _.,:/()&-]")
_EARLIEST = start_of_day("2000-01-01")
_LATEST = start_of_day("2100-01-01")


class Unreadable(Invalid):
    """A row that cannot be taken; the detail is fit to be shown and kept."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One row. `places` says where a column stands; every reader raises Unreadable."""

    places: Mapping[str, int]
    values: Sequence[str]

    def raw(self, name: str) -> str:
        """The cell without the spaces around it; empty when the file has no such column."""
        place = self.places.get(name)
        return "" if place is None else self.values[place].strip(" ")

    def text(self, name: str) -> str:
        """A reference, or nothing: short, printable, and no formula for a spreadsheet."""
        value = self.raw(name)
        if not value:
            return ""
        if value[0] in _FORMULA:
            raise Unreadable(f"{name} begins like a formula")
        if len(value) > TEXT_MAX:
            raise Unreadable(f"{name} is longer than {TEXT_MAX} characters")
        if not value.isprintable() or not _STRUCTURAL.isdisjoint(value):
            raise Unreadable(f"{name} holds a character that no reference has")
        return value

    def needed(self, name: str) -> str:
        """A reference that has to be there."""
        value = self.text(name)
        if not value:
            raise Unreadable(f"{name} is empty")
        return value

    def words(self, name: str) -> str:
        """What only people read, cut short, with anything but plain characters replaced."""
        plain = _NOT_PLAIN.sub("_", withheld(self.raw(name))[:WORD_MAX])
        return plain.lstrip(" -")

    def word(self, name: str) -> str:
        """The same, where something has to stand."""
        value = self.words(name)
        if not value:
            raise Unreadable(f"{name} is empty")
        return value

    def currency(self, name: str) -> str:
        """An ISO 4217 code, in either case."""
        value = self.raw(name)
        if not value.isascii() or value.upper() not in EXPONENTS:
            raise Unreadable(f"{name} is no ISO 4217 currency")
        return value.upper()

    def minor(self, name: str) -> int:
        """A whole number of minor units."""
        value = self.raw(name)
        if not _MINOR.fullmatch(value):
            raise Unreadable(f"{name} is no whole number")
        return bounded(int(value), name)

    def decimal(self, name: str) -> Decimal | None:
        """A number in major units as it stands; None when the cell is empty."""
        value = self.raw(name)
        if not value:
            return None
        if not _MAJOR.fullmatch(value):
            raise Unreadable(f"{name} is no number")
        return Decimal(value)

    def major(self, name: str, currency: str) -> int | None:
        """The minor units of an amount in major units; None when the cell is empty."""
        value = self.decimal(name)
        if value is None:
            return None
        units = value.scaleb(EXPONENTS[currency])
        if units != units.to_integral_value():
            raise Unreadable(f"{name} has more decimals than its currency")
        return bounded(int(units), name)

    def amount(self, name: str, currency: str) -> int:
        """The same, where something has to stand."""
        units = self.major(name, currency)
        if units is None:
            raise Unreadable(f"{name} is empty")
        return units

    def day(self, name: str) -> str:
        """A day such as 2026-11-22."""
        value = self.raw(name)
        try:
            if date.fromisoformat(value).isoformat() == value:
                return value
        except ValueError:
            pass
        raise Unreadable(f"{name} is no day such as 2026-11-22")

    def instant(self, name: str) -> Instant:
        """An RFC 3339 time with its offset from UTC."""
        try:
            return plausible(from_rfc3339(self.raw(name)), name)
        except ValueError:
            raise Unreadable(f"{name} is no time with an offset from UTC") from None

    def clock_time(self, name: str) -> datetime:
        """A local time such as `2026-11-22 13:05:00`, as it stands and without an offset."""
        try:
            found = datetime.fromisoformat(self.raw(name))
        except ValueError:
            raise Unreadable(f"{name} is no time such as 2026-11-22 13:05:00") from None
        if found.tzinfo is not None:
            raise Unreadable(f"{name} has an offset where its time zone is known otherwise")
        return found


def plausible(at: Instant, name: str) -> Instant:
    """An instant of this century. Raises Unreadable."""
    if not _EARLIEST <= at < _LATEST:
        raise Unreadable(f"{name} is not of this century")
    return at


def utc(at: datetime, name: str) -> Instant:
    """The instant of an aware time. Raises Unreadable."""
    try:
        return plausible(from_rfc3339(at.astimezone(UTC).isoformat()), name)
    except (OverflowError, ValueError):
        raise Unreadable(f"{name} is not of this century") from None


def bounded(units: int, name: str) -> int:
    """An amount that can be one. Raises Unreadable."""
    if abs(units) > AMOUNT_MAX:
        raise Unreadable(f"{name} is beyond any amount")
    return units


def rounded(value: Decimal, currency: str) -> int:
    """Minor units of a sum in major units, half up."""
    units = value.scaleb(EXPONENTS[currency])
    return int(units.quantize(Decimal(1), rounding=ROUND_HALF_UP))
