"""Between a payment and its orders: the order a line stands for, and what is told of it."""

from __future__ import annotations

from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import CaptureMode, Order, OrderStatus
from countinghouse.domain.payment import OnPartialFailure, OrderLine, OrderState, Payment
from countinghouse.domain.psp import Decline, DeclineType


def new_order(payment: Payment, line: OrderLine, now: Instant) -> Order:
    """The payment order that `line` stands for, not sent anywhere yet."""
    if payment.submission is None:
        raise IllegalTransition(f"payment {payment.checkout_id} was not submitted")
    submission = payment.submission
    all_or_none = submission.on_partial_failure is OnPartialFailure.CANCEL_ALL
    mode = CaptureMode.MANUAL if all_or_none and len(payment.lines) > 1 else submission.capture
    return Order(
        order_id=line.order_id,
        checkout_id=payment.checkout_id,
        seller_id=line.seller_id,
        user_id=submission.user_id,
        amount_minor=line.amount_minor,
        currency=payment.currency,
        fee=line.fee,
        payment_info=submission.payment_info.at(payment.session),
        capture_mode=mode,
        country=submission.user_country,
        created_at=now,
        updated_at=now,
        wallet_shard=line.wallet_shard,
        seller_country=line.seller_country,
        conversion=line.conversion,
        # An order that came alone shares its token with others, perhaps, of which nothing is known.
        checkout_minor=payment.amount_minor if payment.session else None,
    )


def state_of(order: Order, *, is_posted: bool) -> OrderState:
    """What the payment keeps of `order`."""
    waiting = order.status is OrderStatus.REQUIRES_ACTION
    return OrderState(
        status=order.status,
        version=order.version,
        captured_minor=order.captured_minor,
        is_posted=is_posted,
        failure=order.failure,
        action=order.action if waiting else None,
    )


def taken_state() -> OrderState:
    """What a payment keeps of an order whose id another checkout holds."""
    failure = Decline("order_id_in_use", DeclineType.HARD, "another checkout has this order id")
    return OrderState(OrderStatus.FAILED, version=1, failure=failure)
