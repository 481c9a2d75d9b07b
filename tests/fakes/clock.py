"""A clock that stands still until it is told to move."""

from __future__ import annotations

from dataclasses import dataclass

from countinghouse.domain.instants import Instant

START: Instant = 1_795_000_000_000
"""2026-11-18T11:06:40Z: where every test begins."""


@dataclass
class FakeClock:
    """`advance` moves it; `now` never does."""

    instant: Instant = START

    def now(self) -> Instant:
        return self.instant

    def advance(self, by: int) -> Instant:
        """Move on by so many milliseconds."""
        self.instant += by
        return self.instant
