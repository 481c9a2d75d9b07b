"""The sandbox's refund, dispute and payout objects, read as the facts they state.

Every function raises KeyError or ValueError (see UNREADABLE) for an object that is not one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from countinghouse.domain.dispute import DisputeStage, DisputeStatus
from countinghouse.domain.instants import from_rfc3339
from countinghouse.domain.psp import DisputeFact, PayoutFact, RefundFact, SettlementKind
from countinghouse_aws.psp.sandbox import plain_text, whole

S = SettlementKind
REFUNDS = {"pending": S.PENDING, "succeeded": S.SUCCEEDED, "failed": S.FAILED}
PAYOUTS = {
    "in_transit": S.PENDING,
    "paid": S.SUCCEEDED,
    "failed": S.FAILED,
    "returned": S.FAILED,
}


def refund_fact_of(refund: Mapping[str, Any]) -> RefundFact:
    """A refund object as a fact."""
    return RefundFact(
        kind=REFUNDS[refund["status"]],
        key=plain_text(refund["idempotency_key"]),
        psp_reference=plain_text(refund["refund_reference"]),
        amount_minor=whole(refund["amount"]),
        currency=plain_text(refund["currency"]),
        occurred_at=from_rfc3339(refund["updated_at"]),
        failure=_failure(refund),
    )


def dispute_fact_of(dispute: Mapping[str, Any]) -> DisputeFact:
    """A dispute object as a fact."""
    evidence_due_at = dispute.get("evidence_due_at")
    return DisputeFact(
        psp_reference=plain_text(dispute["dispute_reference"]),
        charge_reference=plain_text(dispute["psp_reference"]),
        stage=DisputeStage(dispute["stage"]),
        status=DisputeStatus(dispute["status"]),
        amount_minor=whole(dispute["amount"]),
        currency=plain_text(dispute["currency"]),
        reason=plain_text(dispute["reason"]),
        sequence=whole(dispute["sequence"]),
        occurred_at=from_rfc3339(dispute["updated_at"]),
        evidence_due_at=from_rfc3339(evidence_due_at) if evidence_due_at else None,
        withdrawn_minor=whole(dispute["withdrawn"]),
        fee_minor=whole(dispute["fee"]),
    )


def payout_fact_of(payout: Mapping[str, Any]) -> PayoutFact:
    """A payout object as a fact; the sandbox knows our payout as `reference`."""
    return PayoutFact(
        kind=PAYOUTS[payout["status"]],
        payout_id=plain_text(payout["reference"]),
        psp_reference=plain_text(payout["payout_reference"]),
        amount_minor=whole(payout["amount"]),
        currency=plain_text(payout["currency"]),
        occurred_at=from_rfc3339(payout["updated_at"]),
        failure=_failure(payout),
        returned=payout["status"] == "returned",
    )


def _failure(answer: Mapping[str, Any]) -> str | None:
    failure = answer.get("failure")
    return plain_text(failure["code"]) if failure else None
