"""Take the buyer out of a checkout's rows when nobody needs to know any more who it was.

Nothing that is decided here depends on who bought: the id is kept for the shop's sake, so that a
person who works on an order sees whose it is. It may go once no order can still need its buyer: all
are final, no refund is under way, no dispute is argued about (GDPR art. 17 (3) (e): defending a
claim is a reason to keep). A dispute may come later; the shop knows its own checkout by its id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from countinghouse.domain.instants import Instant
from countinghouse.domain.order import FINAL_STATUSES, Order
from countinghouse.domain.payment import FINAL_PAYMENT_STATUSES, Payment

ERASED = "erased"
"""What stands where a person was named."""


def needs_of(order: Order) -> tuple[str, ...]:
    """What of an order can still need its buyer; empty when nothing can."""
    open_ = [] if order.status in FINAL_STATUSES else [f"order {order.order_id} is {order.status}"]
    open_ += [f"refund {one.refund_id} is {one.status}" for one in order.refunds if one.is_open]
    open_ += [f"dispute {one.dispute_id} is {one.status}" for one in order.disputes if one.is_open]
    return tuple(open_)


def needs(payment: Payment, orders: Iterable[Order]) -> tuple[str, ...]:
    """What of a checkout can still need its buyer; empty when nothing can."""
    found = [need for order in orders for need in needs_of(order)]
    if payment.status not in FINAL_PAYMENT_STATUSES:
        found.insert(0, f"payment {payment.checkout_id} is {payment.status}")
    return tuple(found)


def erase_buyer_of_payment(payment: Payment, now: Instant) -> Payment:
    """The payment without its buyer. Returns the very same object when there is nothing to erase.

    The fingerprint goes too: it is a hash over the body, and of a body whose other fields are known
    the user id and email are found by trying.
    """
    submission = payment.submission
    if submission is None:
        return payment
    info = replace(submission.payment_info, return_url=None)
    erased = replace(submission, user_id=ERASED, fingerprint=ERASED, payment_info=info)
    if erased == submission:
        return payment
    return replace(payment, submission=erased, version=payment.version + 1, updated_at=now)


def erase_buyer_of_order(order: Order, now: Instant) -> Order:
    """The order without its buyer. Returns the very same object when there is nothing to erase.

    Where the PSP sends the buyer back to is the shop's own address, and may name the buyer.
    """
    info = replace(order.payment_info, return_url=None)
    if (order.user_id, order.payment_info) == (ERASED, info):
        return order
    return order.changed(now, user_id=ERASED, payment_info=info)
