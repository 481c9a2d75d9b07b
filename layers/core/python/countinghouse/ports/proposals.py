"""Where bookings wait for a second person."""

from typing import Protocol

from countinghouse.domain.instants import Instant
from countinghouse.domain.posting import Posting
from countinghouse.domain.proposal import Proposal, ProposalStatus
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class ProposalChange:
    """What is committed in one transaction: a proposal, and the journal it books or its claim."""

    old: Proposal | None
    new: Proposal
    posting: Posting | None = None


@dataclass(frozen=True, slots=True)
class ProposalQuery:
    """Which proposals: those that stand so by `now`."""

    status: ProposalStatus
    now: Instant
    cursor: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """A page of proposals, newest first, and where the next begins (None at the end)."""

    proposals: tuple[Proposal, ...]
    next_cursor: str | None


class ProposalBook(Protocol):
    """The proposals. Every write is conditional on what was read."""

    def get(self, proposal_id: str) -> Proposal | None:
        """The proposal, or None."""
        ...

    def commit(self, change: ProposalChange) -> None:
        """Commit a new proposal, or a change of one, with all that belongs to it, or nothing.

        Raises Conflict when the proposal is there or has moved, a wallet has moved, the claim is
        taken or the journal is booked.
        """
        ...

    def find(self, query: ProposalQuery) -> ProposalPage:
        """A page of them (found through an index: may lag). Raises Invalid for its cursor."""
        ...
