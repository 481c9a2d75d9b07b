"""Let a second person agree to a booking by hand: it is booked with that, or nothing changes."""

from countinghouse.domain.errors import Conflict, NotFound
from countinghouse.domain.posting import addresses_of, plan_posting
from countinghouse.domain.proposal import Proposal, approve
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Ledger
from countinghouse.ports.proposals import ProposalBook, ProposalChange

RACES_MAX = 8


def approve_proposal(
    proposal_id: str, approver: str, proposals: ProposalBook, ledger: Ledger, clock: Clock
) -> Proposal:
    """The proposal booked, by this approver now or before; journal and status are one commit.

    Raises NotFound, Forbidden for who proposed it, IllegalTransition when it waits for nobody,
    InsufficientFunds when a wallet would go below zero (it goes on waiting), Conflict when a wallet
    kept moving.
    """
    for _ in range(RACES_MAX):
        proposal = proposals.get(proposal_id)
        if proposal is None:
            raise NotFound(f"there is no proposal {proposal_id}")
        now = clock.now()
        approved = approve(proposal, approver, now)
        if approved is proposal:
            return proposal
        journal = proposal.journal(now, approver)
        plan = plan_posting([journal], ledger.wallets(addresses_of([journal])))
        for refusal in plan.refused.values():
            raise refusal
        try:
            proposals.commit(ProposalChange(proposal, approved, plan.posting))
        except Conflict:
            continue
        return approved
    raise Conflict(f"proposal {proposal_id} or its wallet kept changing")
