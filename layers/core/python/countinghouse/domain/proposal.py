"""A booking by hand above the limit: proposed by one person, booked when another one agrees.

    awaiting_approval --approve, by somebody else--> booked      with its journal, in one commit
                      --cancel--------------------> cancelled
                      --seven days----------------> expired      nothing is written for that

Nothing is set aside meanwhile, so a wallet may no longer have the money when somebody agrees: then
nothing is booked, and the proposal goes on waiting.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from enum import StrEnum

from countinghouse.domain.errors import Forbidden, IllegalTransition
from countinghouse.domain.instants import DAY, Instant
from countinghouse.domain.ledger import Journal
from countinghouse.domain.posting import AdjustmentRequest, adjustment_journal
from countinghouse.domain.principals import same_person
from countinghouse.records import dataclass

PREFIX = "adj_"
PROPOSAL_TTL = 7 * DAY
"""How long it waits, as a payout does: who proposed it then asks again, and is looked at anew."""

_ID_LENGTH = 24


class ProposalStatus(StrEnum):
    """Where a proposal stands; `expired` is never written, time alone brings it about."""

    AWAITING_APPROVAL = "awaiting_approval"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


S = ProposalStatus


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal. `status` is as written: `standing` says what time has made of it.

    `decided_by` approved or cancelled it. `ledger_id` is the journal of one that is booked.
    """

    proposal_id: str
    request: AdjustmentRequest
    fingerprint: str
    created_at: Instant
    updated_at: Instant
    status: ProposalStatus = S.AWAITING_APPROVAL
    version: int = 1
    decided_by: str | None = None
    ledger_id: str | None = None

    @property
    def requested_by(self) -> str:
        """Who proposed it."""
        return self.request.actor

    @property
    def expires_at(self) -> Instant:
        """From then on nobody can agree to it."""
        return self.created_at + PROPOSAL_TTL

    def standing(self, now: Instant) -> ProposalStatus:
        """Where it stands by now."""
        waits = self.status is S.AWAITING_APPROVAL
        return S.EXPIRED if waits and now >= self.expires_at else self.status

    def journal(self, now: Instant, approver: str) -> Journal:
        """What it books. Its id was fixed when it was proposed; its cause names both persons."""
        return adjustment_journal(self.request, now, approver)


def proposal_id_of(scope: str) -> str:
    """The id of what is proposed under an idempotency key: the same key, the same proposal."""
    return f"{PREFIX}{hashlib.sha256(scope.encode()).hexdigest()[:_ID_LENGTH]}"


def propose(request: AdjustmentRequest, scope: str, fingerprint: str, now: Instant) -> Proposal:
    """The proposal of a booking."""
    return Proposal(proposal_id_of(scope), request, fingerprint, now, now)


def approve(proposal: Proposal, approver: str, now: Instant) -> Proposal:
    """The proposal agreed to, to be written with its journal or not at all.

    A repeat by the same approver returns the same object. Raises Forbidden for who proposed it,
    IllegalTransition when it does not wait for approval, or not any more.
    """
    if proposal.status is S.BOOKED and proposal.decided_by == approver:
        return proposal
    _demand_waiting(proposal, now)
    if same_person(approver, proposal.requested_by):
        raise Forbidden("a booking is approved by somebody other than who proposed it")
    ledger_id = proposal.journal(now, approver).ledger_id
    return _decided(proposal, S.BOOKED, approver, now, ledger_id)


def cancel(proposal: Proposal, who: str, now: Instant) -> Proposal:
    """The proposal called off, by who proposed it or anybody else. A repeat is the same object.

    Raises IllegalTransition when it does not wait for approval, or not any more.
    """
    if proposal.status is S.CANCELLED:
        return proposal
    _demand_waiting(proposal, now)
    return _decided(proposal, S.CANCELLED, who, now)


def _demand_waiting(proposal: Proposal, now: Instant) -> None:
    status = proposal.standing(now)
    if status is not S.AWAITING_APPROVAL:
        raise IllegalTransition(f"proposal {proposal.proposal_id} is {status}")


def _decided(
    proposal: Proposal, status: S, who: str, now: Instant, ledger_id: str | None = None
) -> Proposal:
    return replace(
        proposal,
        status=status,
        version=proposal.version + 1,
        updated_at=now,
        decided_by=who,
        ledger_id=ledger_id,
    )
