"""Stripe's disputes, read as the facts they state."""

from __future__ import annotations

from countinghouse.domain.dispute import DisputeStage, DisputeStatus
from countinghouse.domain.instants import SECOND, Instant
from countinghouse.domain.psp import DisputeFact
from countinghouse_aws.psp.sandbox import plain_text, whole
from countinghouse_aws.psp.stripe_facts import Body, currency_of, seconds
from countinghouse_aws.psp.stripe_profile import STRIPE_PROFILE

D = DisputeStatus
G = DisputeStage
_MOVES_MAX = 9
_STANDINGS: dict[str, tuple[DisputeStage, DisputeStatus]] = {
    "warning_needs_response": (G.PRE_DISPUTE, D.OPENED),
    "warning_under_review": (G.PRE_DISPUTE, D.CHALLENGED),
    "warning_closed": (G.PRE_DISPUTE, D.CANCELLED),
    "prevented": (G.PRE_DISPUTE, D.CANCELLED),
    "needs_response": (G.DISPUTE, D.OPENED),
    "under_review": (G.DISPUTE, D.CHALLENGED),
    "won": (G.DISPUTE, D.WON),
    "lost": (G.DISPUTE, D.LOST),
    "appeal_needs_response": (G.PRE_ARBITRATION, D.OPENED),
    "appeal_under_review": (G.PRE_ARBITRATION, D.CHALLENGED),
}
_STEPS = {D.OPENED: 0, D.CHALLENGED: 1}
_ENDED = 2


def dispute_fact_of(dispute: Body, at: Instant) -> DisputeFact:
    """A dispute object, as an event of `at` shows it, as a fact.

    Raises one of UNREADABLE for an object that is not as documented.
    """
    stage, status = _standing(dispute)
    amount, currency = whole(dispute["amount"]), currency_of(dispute["currency"])
    moves = dispute.get("balance_transactions") or []
    due_by = (dispute.get("evidence_details") or {}).get("due_by")
    return DisputeFact(
        psp_reference=plain_text(dispute["id"]),
        charge_reference=plain_text(dispute["payment_intent"]),
        stage=stage,
        status=status,
        amount_minor=STRIPE_PROFILE.from_wire(amount, currency),
        currency=currency,
        reason=plain_text(dispute["reason"]),
        sequence=_sequence(at, len(moves), status),
        occurred_at=at,
        evidence_due_at=seconds(due_by) if due_by else None,
        withdrawn_minor=STRIPE_PROFILE.from_wire(_withdrawn(moves, amount, currency), currency),
        fee_minor=STRIPE_PROFILE.from_wire(_fee(moves, currency), currency),
    )


def _standing(dispute: Body) -> tuple[DisputeStage, DisputeStatus]:
    """Stripe tells how a second round ended by the same words as the first."""
    stage, status = _STANDINGS[dispute["status"]]
    is_appeal = stage is G.DISPUTE and bool((dispute.get("evidence") or {}).get("appeal"))
    return (G.PRE_ARBITRATION if is_appeal else stage), status


def _sequence(at: Instant, moves: int, status: DisputeStatus) -> int:
    """Stripe numbers no snapshots: the event's second, then how far the dispute had got in it.

    A dispute and the withdrawal of its money are told of in the same second.
    """
    step = _STEPS.get(status, _ENDED)
    return (at // SECOND) * 100 + min(moves, _MOVES_MAX) * 10 + step


def _withdrawn(moves: list[Body], amount: int, currency: str) -> int:
    """What Stripe holds back now: taken less given back, in the dispute's own currency.

    A balance in another currency tells only whether it is held back, not how much of ours.
    """
    taken = -sum(_signed(move["amount"]) for move in moves)
    if all(currency_of(move["currency"]) == currency for move in moves):
        return max(taken, 0)
    return amount if taken > 0 else 0


def _fee(moves: list[Body], currency: str) -> int:
    """What was charged for it in all; a fee in another currency shows in the settlement file."""
    fees = [move for move in moves if currency_of(move["currency"]) == currency]
    return sum(max(_signed(move["fee"]), 0) for move in fees)


def _signed(value: object) -> int:
    if type(value) is not int:
        raise ValueError("an amount must be an integer")
    return value if value < 0 else whole(value)
