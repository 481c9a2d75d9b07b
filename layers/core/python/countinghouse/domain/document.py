"""A document of plain values, read strictly: whatever is wrong is refused by its path."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import Instant, from_rfc3339
from countinghouse.domain.money import AMOUNT_MAX, EXPONENTS
from countinghouse.records import dataclass

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_Built = TypeVar("_Built")


@dataclass(frozen=True, slots=True)
class Part:
    """A value of a document and where it stands, such as `fees[2].basis_points`.

    Every reader raises Invalid with the path in its text and as its `field`.
    """

    value: object
    path: str = ""

    def refused(self, why: str, below: str = "") -> Invalid:
        """The error to raise about this part, or about `below` in it."""
        joint = "." if self.path and below and not below.startswith("[") else ""
        path = f"{self.path}{joint}{below}" or "the document"
        return Invalid(f"{path}: {why}", field=path)

    def entries(self) -> dict[str, Part]:
        """The parts of an object whose keys are data."""
        if not isinstance(self.value, Mapping):
            raise self.refused("an object is needed")
        dot = "." if self.path else ""
        return {
            str(key): Part(value, f"{self.path}{dot}{key}") for key, value in self.value.items()
        }

    def fields(self, needed: frozenset[str], optional: frozenset[str]) -> dict[str, Part]:
        """The parts of an object that has all the needed keys and none beyond the optional."""
        found = self.entries()
        for key in sorted(needed - found.keys()):
            raise self.refused("is missing", key)
        for key in sorted(found.keys() - needed - optional):
            raise self.refused("is not known", key)
        return found

    def elements(self) -> tuple[Part, ...]:
        """The parts of a list."""
        if not isinstance(self.value, Sequence) or isinstance(self.value, (str, bytes)):
            raise self.refused("a list is needed")
        return tuple(Part(value, f"{self.path}[{n}]") for n, value in enumerate(self.value))

    def whole(self, most: int = AMOUNT_MAX) -> int:
        """A whole number from 0 to `most`."""
        # A bool is an int to Python; to who wrote the document it is a mistake.
        if type(self.value) is not int or not 0 <= self.value <= most:
            raise self.refused(f"a whole number from 0 to {most} is needed")
        return self.value

    def amounts(self) -> Mapping[str, int]:
        """Minor units by ISO 4217 currency code."""
        found = self.entries()
        for currency in sorted(found.keys() - EXPONENTS.keys()):
            raise found[currency].refused("not an ISO 4217 currency code")
        return MappingProxyType({currency: minor.whole() for currency, minor in found.items()})

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.refused("true or false is needed")
        return self.value

    def text(self) -> str:
        """A text."""
        if not isinstance(self.value, str):
            raise self.refused("a text is needed")
        return self.value

    def identifier(self) -> str:
        """An id as callers may spell them; another one could never be met."""
        text = self.text()
        if not _ID.fullmatch(text):
            raise self.refused("1 to 64 of A-Z a-z 0-9 _ - are needed")
        return text

    def instant(self) -> Instant:
        """An RFC 3339 time as epoch milliseconds."""
        try:
            return from_rfc3339(self.text())
        except ValueError:
            raise self.refused("an RFC 3339 time is needed") from None

    def built(self, build: Callable[[], _Built]) -> _Built:
        """What `build` makes of this part; what it refuses is named below this part's path."""
        try:
            return build()
        except Invalid as error:
            raise self.refused(error.detail, error.field or "") from error
