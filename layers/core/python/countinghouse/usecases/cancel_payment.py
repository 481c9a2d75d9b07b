"""Cancel a payment as far as it is not yet paid."""

from countinghouse.domain.errors import Conflict, NotFound
from countinghouse.domain.payment import Payment, cancel
from countinghouse.ports.books import PaymentBook
from countinghouse.ports.clock import Clock

RACES_MAX = 5


def cancel_payment(checkout_id: str, payments: PaymentBook, clock: Clock) -> Payment:
    """The payment with its cancellation decided; its orders follow one by one.

    Raises NotFound, IllegalTransition when it is final, Conflict when it kept changing.
    """
    for _ in range(RACES_MAX):
        payment = payments.get(checkout_id)
        if payment is None:
            raise NotFound(f"there is no payment {checkout_id}")
        cancelled = cancel(payment, clock.now())
        if cancelled is payment:
            return payment
        try:
            payments.replace(payment, cancelled)
        except Conflict:
            continue
        return cancelled
    raise Conflict(f"payment {checkout_id} kept changing")
