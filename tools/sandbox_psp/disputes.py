"""Disputes: their shape, how they look to the merchant, and what they keep others from doing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from tools.sandbox_psp.book import Book
from tools.sandbox_psp.records import Table
from tools.sandbox_psp.times import rfc3339
from tools.sandbox_psp.wire import JsonValue

Stage: TypeAlias = Literal["pre_dispute", "dispute", "pre_arbitration"]
Status: TypeAlias = Literal[
    "opened", "challenged", "won", "lost", "accepted", "expired", "cancelled"
]

OPEN: Final[tuple[Status, ...]] = ("opened", "challenged")

# What a dispute that ended in one of these had withdrawn is the merchant's again.
REINSTATED: Final[tuple[Status, ...]] = ("won", "cancelled")


@dataclass(frozen=True)
class Dispute:
    """A buyer's bank asking for a charge's money back, in minor units.

    ``withdrawn`` is what the PSP holds back for it now, ``fee`` what it has charged for it in all.
    """

    dispute_reference: str
    number: int
    psp_reference: str
    order_id: str
    idempotency_key: str
    amount: int
    currency: str
    stage: Stage
    reason: str
    evidence_due_at: datetime
    created_at: datetime
    updated_at: datetime
    status: Status = "opened"
    withdrawn: int = 0
    fee: int = 0
    sequence: int = 1


DISPUTES: Final = Table("disputes", "dispute_reference", "dispute", Dispute)


def dispute_json(dispute: Dispute) -> dict[str, JsonValue]:
    """The dispute as the merchant sees it."""
    return {
        "dispute_reference": dispute.dispute_reference,
        "psp_reference": dispute.psp_reference,
        "order_id": dispute.order_id,
        "idempotency_key": dispute.idempotency_key,
        "amount": dispute.amount,
        "currency": dispute.currency,
        "stage": dispute.stage,
        "status": dispute.status,
        "reason": dispute.reason,
        "evidence_due_at": rfc3339(dispute.evidence_due_at),
        "withdrawn": dispute.withdrawn,
        "fee": dispute.fee,
        "sequence": dispute.sequence,
        "created_at": rfc3339(dispute.created_at),
        "updated_at": rfc3339(dispute.updated_at),
    }


def bars_refunds(book: Book, psp_reference: str) -> bool:
    """Whether a dispute has, or may yet keep, the charge's money: giving it back pays it twice."""
    return any(
        dispute.stage != "pre_dispute" and dispute.status not in REINSTATED
        for dispute in DISPUTES.where(book, psp_reference=psp_reference)
    )
