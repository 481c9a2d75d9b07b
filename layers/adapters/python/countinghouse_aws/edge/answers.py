"""Answer shapes that several functions share.

Answers are plain dictionaries where they are made. Their models are for the API document and for
the tests: no function imports this module or an `answers.py`, for that would cost every cold start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Answers = Mapping[str, Mapping[int, type[BaseModel]]]
"""Which model a route answers with: by route key, then by status."""

Instant = Annotated[str, Field(description="RFC 3339, UTC", examples=["2026-11-22T07:34:00.000Z"])]


class Shown(BaseModel):
    """An answer's shape: these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Picture(Shown):
    """Stands for an answer that is no JSON: bytes of one of the route's media types."""


class FieldProblem(Shown):
    """One refused field."""

    field: str
    code: str
    message: str


class Problem(Shown):
    """An RFC 9457 problem."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldProblem] | None = None


class Failure(Shown):
    """Why an order was not paid."""

    code: str
    message: str
    decline_type: Literal["soft", "hard"]


class NextAction(Shown):
    """What the buyer must do now."""

    type: Literal["redirect", "qr_code", "three_ds"]
    url: str | None = None
    qr_payload: str | None = None
    expires_at: Instant


class Leg(Shown):
    """One line of a journal."""

    account: str
    amount: int
    currency: str
    transact_type: Literal["debit", "credit"]


class Journal(Shown):
    """A balanced booking.

    `code_version` is the code that drew it up; absent of one that is older than the record of it.
    """

    ledger_id: str
    kind: str
    reference: str
    legs: list[Leg]
    event_at: Instant
    created_at: Instant
    code_version: str | None = None


class Proposal(Leg):
    """A booking by hand that waits for a second person until `expires_at`, or is decided."""

    proposal_id: str
    status: Literal["awaiting_approval", "booked", "cancelled", "expired"]
    counter_account: str
    reason: str
    reference: str
    requested_by: str
    approved_by: str | None = None
    cancelled_by: str | None = None
    ledger_id: str | None = None
    version: int
    created_at: Instant
    updated_at: Instant
    expires_at: Instant


class JournalList(Shown):
    """A page of journals."""

    data: list[Journal]
    next_cursor: str | None = None


class FeeTax(Shown):
    """The tax rule of the seller's country that a fee was frozen under."""

    rule_id: str
    country: str
    basis_points: int
    reverse_charge: bool = Field(description="no tax is charged: the seller owes it")


class Fee(Shown):
    """The platform's fee, frozen at checkout; `cross_border` is the part a border costs."""

    rule_id: str
    amount: int
    tax: int
    currency: str
    cross_border: int | None = None
    tax_rule: FeeTax | None = None


class Fx(Shown):
    """The rate that was locked for an order, as an exact ratio and for people."""

    quote_id: str
    rate: str
    rate_decimal: str
    source: str
    as_of: str


class Attempt(Shown):
    """One try at charging."""

    number: int
    psp: str
    idempotency_key: str
    sent_at: Instant
    outcome: str | None


class LatePayment(Shown):
    """Money that came after the order had expired; it is refunded by itself."""

    amount: int
    currency: str
    psp_reference: str
    received_at: Instant


class RefundFailure(Shown):
    """Why a refund did not reach the buyer."""

    code: str


class Refund(Shown):
    """A refund as it stands."""

    refund_id: str
    order_id: str
    amount: int
    currency: str
    status: Literal["processing", "unknown", "succeeded", "failed", "reversed"]
    reason: str
    psp_reference: str | None
    failure: RefundFailure | None = None
    created_at: Instant
    updated_at: Instant


class Dispute(Shown):
    """A dispute as the PSP last told of it."""

    dispute_id: str
    order_id: str
    seller_id: str
    psp_reference: str
    stage: Literal["pre_dispute", "dispute", "pre_arbitration"]
    status: Literal["opened", "challenged", "won", "lost", "accepted", "expired", "cancelled"]
    amount: int
    amount_withdrawn: int
    fee: int
    currency: str
    reason: str
    evidence_due_at: Instant | None = None
    opened_at: Instant
    updated_at: Instant


class Order(Shown):
    """A payment order with its attempts, refunds and disputes."""

    order_id: str
    checkout_id: str
    seller_id: str
    amount: int
    currency: str
    seller_amount: int | None = None
    seller_currency: str | None = None
    fx: Fx | None = None
    status: Literal[
        "created",
        "processing",
        "requires_action",
        "authorized",
        "captured",
        "partially_captured",
        "failed",
        "voided",
        "expired",
        "cancelled",
        "unknown",
        "conflicted",
    ]
    amount_captured: int
    amount_refunded: int | None = None
    amount_disputed: int | None = None
    delivered_at: Instant | None = None
    late_payment: LatePayment | None = None
    refunds: list[Refund] | None = None
    disputes: list[Dispute] | None = None
    psp: str | None = None
    psp_reference: str | None = None
    fee: Fee | None = None
    buyer_country: str | None = Field(description="ISO 3166-1 alpha-2; null: not known")
    seller_country: str | None = Field(description="ISO 3166-1 alpha-2; null: not known")
    attempts: list[Attempt]
    failure: Failure | None = None
    next_action: NextAction | None = None
    version: int | None = None
    created_at: Instant
    updated_at: Instant
