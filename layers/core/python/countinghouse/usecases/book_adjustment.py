"""Book a manual adjustment on request: both sides, once per idempotency key."""

from dataclasses import dataclass

from countinghouse.domain.errors import Conflict, KeyReused
from countinghouse.domain.ledger import Journal, parse_ledger_id
from countinghouse.domain.posting import (
    AdjustmentRequest,
    AlreadyPosted,
    Claim,
    addresses_of,
    adjustment_journal,
    plan_posting,
)
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Journals, Ledger

RACES_MAX = 8


@dataclass(frozen=True, slots=True)
class BookedAdjustment:
    """The journal; `replayed` when this key had booked it before."""

    journal: Journal
    replayed: bool


def book_adjustment(
    request: AdjustmentRequest,
    scope: str,
    fingerprint: str,
    ledger: Ledger,
    journals: Journals,
    clock: Clock,
) -> BookedAdjustment:
    """Commit the adjustment, its wallet move and the caller's key in one transaction.

    Raises KeyReused for the key with another body, InsufficientFunds when a wallet would go below
    zero, Conflict when a wallet kept moving.
    """
    journal = adjustment_journal(request, clock.now())
    claim = Claim(scope, fingerprint, journal.ledger_id)
    for _ in range(RACES_MAX):
        known = ledger.claim(scope)
        if known is not None:
            return _replay(known, fingerprint, journals)
        plan = plan_posting([journal], ledger.wallets(addresses_of([journal])), claim)
        for refusal in plan.refused.values():
            raise refusal
        try:
            ledger.commit(plan.posting)
        except AlreadyPosted:
            continue
        except Conflict:
            continue
        return BookedAdjustment(journal, replayed=False)
    raise Conflict("the wallet kept moving while the adjustment was booked")


def _replay(known: Claim, fingerprint: str, journals: Journals) -> BookedAdjustment:
    if known.fingerprint != fingerprint:
        raise KeyReused("this idempotency key was used with another body")
    journal = journals.journal(parse_ledger_id(known.ledger_id))
    if journal is None:
        raise Conflict(f"journal {known.ledger_id} is claimed and not readable")
    return BookedAdjustment(journal, replayed=True)
