"""Book a manual adjustment on request: both sides, once per idempotency key.

Above the limit of one person it is not booked but proposed, under the same key.
"""

from countinghouse.domain.adjustment_rules import AdjustmentRules
from countinghouse.domain.errors import Conflict, KeyReused
from countinghouse.domain.ledger import Journal, parse_ledger_id
from countinghouse.domain.posting import (
    AdjustmentRequest,
    Claim,
    Posting,
    addresses_of,
    adjustment_journal,
    plan_posting,
)
from countinghouse.domain.proposal import Proposal, proposal_id_of, propose
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Journals, Ledger
from countinghouse.ports.proposals import ProposalBook, ProposalChange
from countinghouse.records import dataclass

RACES_MAX = 8


@dataclass(frozen=True, slots=True)
class Adjusting:
    """Where adjustments are booked or proposed, and what decides which."""

    ledger: Ledger
    journals: Journals
    proposals: ProposalBook
    rules: AdjustmentRules
    clock: Clock


@dataclass(frozen=True, slots=True)
class BookedAdjustment:
    """The journal; `replayed` when this key had booked it before."""

    journal: Journal
    replayed: bool


@dataclass(frozen=True, slots=True)
class ProposedAdjustment:
    """The proposal as it stands; `replayed` when this key had made it before."""

    proposal: Proposal
    replayed: bool


Adjusted = BookedAdjustment | ProposedAdjustment


def book_adjustment(
    request: AdjustmentRequest, scope: str, fingerprint: str, ports: Adjusting
) -> Adjusted:
    """Commit the adjustment, its wallet move and the caller's key in one transaction.

    Or, above the limit, its proposal and the key. A repeat is answered as the first was, whatever
    the limit is by now. Raises KeyReused for the key with another body, InsufficientFunds when a
    wallet would go below zero, Conflict when a wallet kept moving.
    """
    for _ in range(RACES_MAX):
        known = ports.ledger.claim(scope)
        if known is not None:
            return _replay(known, fingerprint, ports)
        try:
            return _once(request, scope, fingerprint, ports)
        except Conflict:
            continue
    raise Conflict("the wallet kept moving while the adjustment was booked")


def _once(request: AdjustmentRequest, scope: str, fingerprint: str, ports: Adjusting) -> Adjusted:
    now = ports.clock.now()
    journal = adjustment_journal(request, now)
    claim = Claim(scope, fingerprint, journal.ledger_id)
    plan = plan_posting([journal], ports.ledger.wallets(addresses_of([journal])), claim)
    for refusal in plan.refused.values():
        raise refusal
    if ports.rules.needs_approval(request.amount):
        proposal = propose(request, scope, fingerprint, now)
        ports.proposals.commit(ProposalChange(None, proposal, Posting((), (), claim)))
        return ProposedAdjustment(proposal, replayed=False)
    (booked,) = ports.ledger.commit(plan.posting)
    return BookedAdjustment(booked, replayed=False)


def _replay(known: Claim, fingerprint: str, ports: Adjusting) -> Adjusted:
    if known.fingerprint != fingerprint:
        raise KeyReused("this idempotency key was used with another body")
    proposal = ports.proposals.get(proposal_id_of(known.scope))
    if proposal is not None:
        return ProposedAdjustment(proposal, replayed=True)
    journal = ports.journals.journal(parse_ledger_id(known.ledger_id))
    if journal is None:
        raise Conflict(f"journal {known.ledger_id} is claimed and not readable")
    return BookedAdjustment(journal, replayed=True)
