"""Wait for a payment's end while its caller holds the line."""

from collections.abc import Callable

from countinghouse.domain.instants import SECOND
from countinghouse.domain.payment import FINAL_PAYMENT_STATUSES, Payment, PaymentStatus
from countinghouse.ports.books import PaymentBook
from countinghouse.ports.clock import Clock

_SETTLED = FINAL_PAYMENT_STATUSES | {PaymentStatus.REQUIRES_ACTION}


def await_payment(
    payment: Payment, seconds: int, payments: PaymentBook, clock: Clock, pause: Callable[[], None]
) -> Payment:
    """The payment as it stands at its end, when the buyer must act, or after that many seconds."""
    deadline = clock.now() + seconds * SECOND
    while not is_settled(payment) and clock.now() < deadline:
        pause()
        payment = payments.get(payment.checkout_id) or payment
    return payment


def is_settled(payment: Payment) -> bool:
    """Whether there is nothing to wait for."""
    return payment.status in _SETTLED
