"""Where breaks are kept, beside the journals that settle them and the caps those draw on.

Every write is conditional. What belongs together is committed together: a break with its journals,
the wallets they move, and what a rule takes from its cap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from countinghouse.domain.break_rules import CapDraw, CapKey, CapUse
from countinghouse.domain.breaks import Break
from countinghouse.domain.posting import Posting
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class BreakChange:
    """What is committed in one transaction; without `old` the break is new."""

    old: Break | None
    new: Break
    posting: Posting | None = None
    draw: CapDraw | None = None


@dataclass(frozen=True, slots=True)
class BreakQuery:
    """Which breaks: those that a run found first, or those of a PSP that are not settled."""

    run_id: str | None
    open_psp: str | None
    cursor: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class BreakPage:
    """A page of breaks, oldest first, and where the next begins (None at the end)."""

    breaks: tuple[Break, ...]
    next_cursor: str | None


class BreakBook(Protocol):
    """The breaks."""

    def get(self, break_id: str) -> Break | None:
        """The break, or None."""
        ...

    def get_many(self, break_ids: Iterable[str]) -> Mapping[str, Break]:
        """Those of the breaks that exist."""
        ...

    def commit(self, change: BreakChange) -> None:
        """Commit a change of a break with everything that belongs to it.

        Raises CapReached when the draw is more than the cap has left, Conflict when the break, a
        wallet or a journal was written by another.
        """
        ...

    def find(self, query: BreakQuery) -> BreakPage:
        """A page of breaks (found through an index: may lag). Raises Invalid for its cursor."""
        ...

    def open_breaks(self, psp: str) -> Iterator[Break]:
        """Every break of a PSP that is not settled, oldest first (an index: may lag)."""
        ...


class CapBook(Protocol):
    """What rules have settled by themselves."""

    def used(self, keys: Iterable[CapKey]) -> list[CapUse]:
        """What was drawn on each of these caps; one that nothing was drawn on is left out."""
        ...
