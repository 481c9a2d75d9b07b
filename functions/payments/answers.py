"""What the payment service answers."""

from __future__ import annotations

from typing import Literal

from countinghouse_aws.edge.answers import (
    Answers,
    Failure,
    Fx,
    Instant,
    Journal,
    NextAction,
    Picture,
    Problem,
    Shown,
)


class AlternativeSession(Shown):
    """The same checkout at another PSP, which an order may move to."""

    psp: str
    psp_token: str
    client_secret: str | None = None
    hosted_url: str | None = None
    expires_at: Instant


class Session(Shown):
    """A registered checkout; the payment is submitted with this `psp_token`."""

    checkout_id: str
    psp: str
    psp_token: str
    client_secret: str | None = None
    hosted_url: str | None = None
    expires_at: Instant
    alternatives: list[AlternativeSession] | None = None


class PaymentOrder(Shown):
    """One order of a payment."""

    order_id: str
    seller_id: str
    amount: int
    currency: str
    seller_amount: int | None = None
    seller_currency: str | None = None
    fx: Fx | None = None
    status: str
    failure: Failure | None = None


class Payment(Shown):
    """A payment, folded from its orders."""

    checkout_id: str
    status: Literal[
        "open",
        "processing",
        "requires_action",
        "succeeded",
        "partially_succeeded",
        "failed",
        "cancelled",
    ]
    amount: int
    currency: str
    amount_captured: int
    amount_refunded: int
    amount_disputed: int
    is_payment_done: bool
    is_ledger_updated: bool
    is_wallet_updated: bool
    next_action: NextAction | None = None
    orders: list[PaymentOrder]
    version: int
    created_at: Instant
    updated_at: Instant


class PspEvent(Shown):
    """A PSP's event about one of the orders."""

    event_id: str
    type: str
    psp_reference: str | None
    status: str
    received_at: Instant
    alarm: str | None = None


class Trail(Shown):
    """A payment's money trail."""

    payment: Payment
    orders: list[dict[str, object]]
    psp_events: list[PspEvent]
    journals: list[Journal]
    settlement_lines: list[dict[str, object]]
    payouts: list[dict[str, object]]
    residuals: dict[str, dict[str, int]]


ANSWERS: Answers = {
    "POST /v1/payments/sessions": {201: Session, 200: Session, 422: Problem, 503: Problem},
    "POST /v1/payments/event": {202: Payment, 200: Payment, 422: Problem, 503: Problem},
    "GET /v1/payments/{checkout_id}": {200: Payment, 404: Problem},
    "GET /v1/payments/{checkout_id}/qr.svg": {200: Picture, 404: Problem, 410: Problem},
    "GET /v1/payments/{checkout_id}/trail": {200: Trail, 404: Problem},
    "POST /v1/payments/{checkout_id}/cancel": {202: Payment, 404: Problem, 409: Problem},
}
