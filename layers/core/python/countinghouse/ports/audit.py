"""What audits found and whom it stops, the seals over the days, a second source of their sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from countinghouse.records import dataclass

if TYPE_CHECKING:
    # Payouts begin with the stops alone, and start faster without the rest.
    from countinghouse.domain.finding import Finding
    from countinghouse.domain.instants import Instant
    from countinghouse.domain.seal import Figures, Seal


class PayoutStops(Protocol):
    """Which currencies nobody is paid out in, and why."""

    def stopped(self, currency: str) -> tuple[str, ...]:
        """The open findings that stop a currency's payouts, oldest first; empty: they may go."""
        ...


@dataclass(frozen=True, slots=True)
class FindingPage:
    """A page of findings, newest first, and where the next begins (None at the end)."""

    findings: tuple[Finding, ...]
    next_cursor: str | None


class FindingBook(Protocol):
    """The findings. Each is written together with the stops that follow from it."""

    def report(self, finding: Finding) -> bool:
        """Record a finding and stop its currencies' payouts, once; False when it was known.

        Raises Conflict when others kept writing the same stops.
        """
        ...

    def get(self, finding_id: str) -> Finding | None:
        """The finding, or None."""
        ...

    def acknowledge(self, old: Finding, new: Finding) -> None:
        """Record who answers for it, and lift its stops. Raises Conflict when somebody has."""
        ...

    def find(self, cursor: str | None, limit: int) -> FindingPage:
        """A page of them, newest first (found through an index: may lag).

        Raises Invalid for a cursor that is none.
        """
        ...


class SealBook(Protocol):
    """The chain of seals."""

    def seals(self) -> tuple[Seal, ...]:
        """Every seal, oldest first."""
        ...

    def add(self, seal: Seal) -> None:
        """Put a seal behind the last one. Raises Conflict when it does not follow from that."""
        ...


class BookedFigures(Protocol):
    """A second source of what was booked: the lake."""

    def figures(self, since: Instant, until: Instant) -> Figures:
        """What the journals booked from `since` on and before `until` come to.

        Raises Unavailable.
        """
        ...
