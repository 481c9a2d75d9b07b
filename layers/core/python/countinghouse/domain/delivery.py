"""That the buyer has the goods."""

from __future__ import annotations

from countinghouse.domain.instants import Instant
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """That the buyer has the goods, and how much of the seller's part is held back until when.

    `release_on` is the day (UTC, `2026-12-22`) that frees the reserve; None when there is none.
    """

    delivered_at: Instant
    recorded_at: Instant
    reserve_basis_points: int = 0
    release_on: str | None = None
