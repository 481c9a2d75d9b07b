"""Refunds: their shape and how they look to the merchant."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from tools.sandbox_psp.records import Table
from tools.sandbox_psp.times import rfc3339
from tools.sandbox_psp.wire import JsonValue

Status: TypeAlias = Literal["pending", "succeeded", "failed"]

FAILURES: Final = {
    "refund_rejected": "The refund was rejected.",
    "refund_returned": "The refund came back after it had succeeded.",
}


@dataclass(frozen=True)
class Refund:
    """Money given back on a captured charge, in minor units.

    ``psp_reference`` is the charge's; ``fault`` is what a planted fault has in store for it.
    """

    refund_reference: str
    number: int
    psp_reference: str
    order_id: str
    idempotency_key: str
    amount: int
    currency: str
    reason: str | None
    fault: str | None
    created_at: datetime
    updated_at: datetime
    status: Status = "pending"
    failure_code: str | None = None


REFUNDS: Final = Table("refunds", "refund_reference", "refund", Refund)


def refund_json(refund: Refund) -> dict[str, JsonValue]:
    """The refund as the merchant sees it."""
    return {
        "refund_reference": refund.refund_reference,
        "psp_reference": refund.psp_reference,
        "order_id": refund.order_id,
        "amount": refund.amount,
        "currency": refund.currency,
        "status": refund.status,
        "idempotency_key": refund.idempotency_key,
        "failure": failure_json(refund.failure_code, FAILURES),
        "created_at": rfc3339(refund.created_at),
        "updated_at": rfc3339(refund.updated_at),
    }


def failure_json(code: str | None, messages: dict[str, str]) -> JsonValue:
    """A failure's code and message, or None while there is none."""
    return None if code is None else {"code": code, "message": messages[code]}
