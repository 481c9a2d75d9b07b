"""Call off a booking that waits for a second person."""

from countinghouse.domain.errors import Conflict, NotFound
from countinghouse.domain.proposal import Proposal, cancel
from countinghouse.ports.clock import Clock
from countinghouse.ports.proposals import ProposalBook, ProposalChange

RACES_MAX = 8


def cancel_proposal(proposal_id: str, who: str, proposals: ProposalBook, clock: Clock) -> Proposal:
    """The proposal cancelled, now or before.

    Raises NotFound, and IllegalTransition when it does not wait for approval.
    """
    for _ in range(RACES_MAX):
        proposal = proposals.get(proposal_id)
        if proposal is None:
            raise NotFound(f"there is no proposal {proposal_id}")
        cancelled = cancel(proposal, who, clock.now())
        if cancelled is proposal:
            return proposal
        try:
            proposals.commit(ProposalChange(proposal, cancelled))
        except Conflict:
            continue
        return cancelled
    raise Conflict(f"proposal {proposal_id} kept changing")
