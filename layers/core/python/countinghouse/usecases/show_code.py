"""Show the code that a buyer scans to pay, for as long as it may be paid."""

from countinghouse.domain.errors import Gone, NotFound
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.payment import Payment
from countinghouse.ports.books import PaymentBook
from countinghouse.ports.clock import Clock

MEDIA_TYPE = "image/svg+xml"
_SCANNED = "qr"


def show_code(checkout_id: str, order_id: str | None, payments: PaymentBook, clock: Clock) -> str:
    """What the code says: of that order, or of the first that waits for its buyer.

    Raises NotFound when nothing is to be scanned, Gone (code `qr_expired`) when it was too long
    ago, so that nobody pays what would only be sent back.
    """
    payment = payments.get(checkout_id)
    if payment is None:
        raise NotFound(f"there is no payment {checkout_id}")
    state = payment.states.get(order_id) if order_id is not None else None
    action = state.action if state is not None else None
    if order_id is None:
        action = payment.next_action
    if action is not None and action.qr_payload is not None:
        if clock.now() >= action.expires_at:
            raise _expired(checkout_id)
        return action.qr_payload
    if action is None and _has_expired(payment, order_id):
        raise _expired(checkout_id)
    raise NotFound(f"nothing is to be scanned for payment {checkout_id}")


def _has_expired(payment: Payment, order_id: str | None) -> bool:
    """Whether an order that was to be paid by code has come to its end unpaid, by time."""
    if payment.submission is None or payment.submission.payment_info.method != _SCANNED:
        return False
    asked = payment.states if order_id is None else {order_id} & payment.states.keys()
    return any(payment.states[one].status is OrderStatus.EXPIRED for one in asked)


def _expired(checkout_id: str) -> Gone:
    return Gone(f"the code of payment {checkout_id} has expired", code="qr_expired")
