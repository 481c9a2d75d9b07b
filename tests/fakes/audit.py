"""Findings with their stops, and seals, in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.finding import ALL_CURRENCIES, Finding
from countinghouse.domain.instants import Instant
from countinghouse.domain.seal import Figures, Seal
from countinghouse.ports.audit import FindingPage

CURSOR_DIGITS_MAX = 16


@dataclass
class FakeFindingBook:
    """Findings and stops in one, as a transaction keeps them."""

    rows: dict[str, Finding] = field(default_factory=dict)
    stops: dict[str, dict[str, Instant]] = field(default_factory=dict)
    interfere: list[Callable[[], object]] = field(default_factory=list)

    def report(self, finding: Finding) -> bool:
        if finding.finding_id in self.rows:
            return False
        self.rows[finding.finding_id] = finding
        for code in finding.stops:
            self.stops.setdefault(code, {})[finding.finding_id] = finding.found_at
        return True

    def get(self, finding_id: str) -> Finding | None:
        return self.rows.get(finding_id)

    def acknowledge(self, old: Finding, new: Finding) -> None:
        if self.interfere:
            self.interfere.pop(0)()
        stored = self.rows.get(old.finding_id)
        if stored is None or not stored.is_open:
            raise Conflict("the finding has moved")
        self.rows[old.finding_id] = new
        for code in old.stops:
            self.stops.get(code, {}).pop(old.finding_id, None)

    def find(self, cursor: str | None, limit: int) -> FindingPage:
        found = sorted(self.rows.values(), key=_place, reverse=True)
        if cursor is not None:
            before = _place_at(cursor)
            found = [one for one in found if _place(one) < before]
        page = tuple(found[:limit])
        more = len(found) > limit
        return FindingPage(page, f"{page[-1].found_at}~{page[-1].finding_id}" if more else None)

    def stopped(self, currency: str) -> tuple[str, ...]:
        open_ = {**self.stops.get(currency, {}), **self.stops.get(ALL_CURRENCIES, {})}
        return tuple(sorted(open_, key=lambda finding_id: (open_[finding_id], finding_id)))


def _place(finding: Finding) -> tuple[Instant, str]:
    return (finding.found_at, finding.finding_id)


def _place_at(cursor: str) -> tuple[Instant, str]:
    found_at, _, finding_id = cursor.partition("~")
    if not found_at.isdecimal() or len(found_at) > CURSOR_DIGITS_MAX or not finding_id:
        raise Invalid("that is not a cursor of this list", field="cursor")
    return (int(found_at), finding_id)


@dataclass
class FakeSealBook:
    """The chain of seals."""

    rows: list[Seal] = field(default_factory=list)
    interfere: list[Callable[[], object]] = field(default_factory=list)

    def seals(self) -> tuple[Seal, ...]:
        return tuple(self.rows)

    def add(self, seal: Seal) -> None:
        if self.interfere:
            self.interfere.pop(0)()
        last = self.rows[-1].hash if self.rows else ""
        if seal.previous != last or any(one.day == seal.day for one in self.rows):
            raise Conflict("the seal does not follow from the last one")
        self.rows.append(seal)


@dataclass
class FakeBookedFigures:
    """A lake that says what the test wrote down, and remembers what it was asked."""

    answer: Figures
    asked: list[tuple[Instant, Instant]] = field(default_factory=list)

    def figures(self, since: Instant, until: Instant) -> Figures:
        self.asked.append((since, until))
        return self.answer
