"""How a booking that waits for a second person looks from outside."""

from __future__ import annotations

from countinghouse.domain.instants import Instant, rfc3339
from countinghouse.domain.proposal import Proposal, ProposalStatus

View = dict[str, object]


def proposal_view(proposal: Proposal, now: Instant) -> View:
    """A proposal as it stands by `now`; what is not known yet is left out."""
    request, status = proposal.request, proposal.standing(now)
    view: View = {
        "proposal_id": proposal.proposal_id,
        "status": str(status),
        "account": request.account.name,
        "counter_account": request.counter_account.name,
        "amount": request.amount.minor,
        "currency": request.amount.currency,
        "transact_type": str(request.transact_type),
        "reason": request.reason,
        "reference": request.reference,
        "requested_by": proposal.requested_by,
        "version": proposal.version,
        "created_at": rfc3339(proposal.created_at),
        "updated_at": rfc3339(proposal.updated_at),
        "expires_at": rfc3339(proposal.expires_at),
    }
    if status is ProposalStatus.BOOKED:
        view["approved_by"] = proposal.decided_by
        view["ledger_id"] = proposal.ledger_id
    if status is ProposalStatus.CANCELLED:
        view["cancelled_by"] = proposal.decided_by
    return view
