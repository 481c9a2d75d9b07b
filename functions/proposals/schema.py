"""What callers ask about proposed bookings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from countinghouse.domain.instants import Instant
from countinghouse.domain.proposal import ProposalStatus
from countinghouse.ports.proposals import ProposalQuery
from countinghouse_aws.edge.schemas import Strict

Cursor = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ProposalsQuery(Strict):
    """Which proposals: those that wait, unless another status is named."""

    status: Literal["awaiting_approval", "booked", "cancelled", "expired"] = "awaiting_approval"
    cursor: Cursor | None = None
    limit: int = Field(default=20, ge=1, le=100, strict=False)

    def to_query(self, now: Instant) -> ProposalQuery:
        """The book's query."""
        return ProposalQuery(ProposalStatus(self.status), now, self.cursor, self.limit)
