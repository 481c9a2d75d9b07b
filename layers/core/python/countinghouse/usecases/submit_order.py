"""Execute one payment order that no checkout stands around (internal use)."""

from countinghouse.domain.errors import KeyReused
from countinghouse.domain.payment import Payment, PaymentStatus
from countinghouse.domain.retry import RetryPolicy
from countinghouse.domain.submission import (
    SubmitPayment,
    Terms,
    screen_parties,
    submission_of,
)
from countinghouse.ports.books import OrderBook, PaymentBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.screening import Screening
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class SubmittedOrder:
    """The payment of one that carries the order; `replayed` when it was taken in before."""

    payment: Payment
    replayed: bool


def checkout_of_single(order_id: str) -> str:
    """The checkout of one that stands behind a lone order; callers cannot spell such an id."""
    return f"order~{order_id}"


def submit_order(
    command: SubmitPayment,
    payments: PaymentBook,
    orders: OrderBook,
    clock: Clock,
    policy: RetryPolicy,
    terms: Terms,
    screening: Screening,
) -> SubmittedOrder:
    """Commit a payment of one order, so that a lone order lives exactly as any other.

    Raises KeyReused when the order id is taken by another checkout or came with another body,
    ScreeningRefused when a party is on a list, Invalid when an exemption cannot hold.
    """
    order_id = command.parts[0].order_id
    taken = orders.get(order_id)
    if taken is not None and taken.checkout_id != command.checkout_id:
        raise KeyReused(f"order {order_id} belongs to another checkout", code="order_id_in_use")
    now = clock.now()
    submission = submission_of(command, terms, now)
    verdict = screen_parties(command, submission, screening.screen)
    payment = Payment(
        checkout_id=command.checkout_id,
        amount_minor=command.parts[0].amount_minor,
        currency=command.currency,
        session=None,
        created_at=now,
        updated_at=now,
        status=PaymentStatus.PROCESSING,
        submission=submission,
        due_at=now + policy.first_check,
    )
    # A repeat of what was taken in before its party was listed is no new order.
    existing = payments.add(payment) if verdict.allowed else payments.get(command.checkout_id)
    if existing is None and not verdict.allowed:
        verdict.refuse()
    if existing is None:
        return SubmittedOrder(payment, replayed=False)
    if existing.submission is None or existing.submission.fingerprint != command.fingerprint:
        raise KeyReused(f"order {order_id} was submitted with another body")
    return SubmittedOrder(existing, replayed=True)
