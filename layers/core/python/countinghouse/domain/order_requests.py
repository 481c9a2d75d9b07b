"""What we ask a PSP to do for an order, written down before it is asked: charge, capture, void."""

from __future__ import annotations

from dataclasses import replace

from countinghouse.domain.errors import IllegalTransition, Invalid
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import (
    Attempt,
    Operation,
    OperationKind,
    Order,
    OrderStatus,
    PaymentInfo,
)
from countinghouse.domain.psp import PspToken
from countinghouse.domain.retry import RetryPolicy

S = OrderStatus
NOT_SENT = "not_sent"
"""How an attempt ends that provably no PSP executed, when the order leaves for another PSP."""


def start_attempt(
    order: Order, now: Instant, policy: RetryPolicy, target: PspToken | None = None
) -> Order:
    """The order with its charge under way: what is written *before* the PSP sees anything.

    An attempt without an outcome (the PSP did not know it) goes out again under its own key, as
    long as the PSP remembers keys; a refused one is followed by the next number. With a `target`
    the next number goes there. Raises IllegalTransition when the last attempt may not be left, or
    not be sent.
    """
    if target is not None:
        order = _leave(order, target)
    last = order.attempts[-1] if order.attempts else None
    asked = 0
    if last is not None and last.outcome is None:
        # What was asked about it counts on, and how often it was given up: a PSP that answers every
        # repeat with the same error would else be sent the charge every fifteen seconds for a day,
        # one that takes no connection every half second.
        asked = order.asked
        if now - last.first_sent_at > policy.key_window:
            raise IllegalTransition(
                f"order {order.order_id}: attempt {last.number} is too old to send"
            )
        attempt = replace(last, sent_at=now)
    else:
        number = len(order.attempts) + 1
        attempt = Attempt(number, f"{order.order_id}:charge:{number}", now, now)
    kept = order.attempts[: attempt.number - 1]
    return order.moved(
        S.SENT, now, attempts=(*kept, attempt), due_at=now + policy.lease, asked=asked, failure=None
    )


def _leave(order: Order, target: PspToken) -> Order:
    """The order at another PSP, what it leaves behind closed and named by its own PSP."""
    if not is_unsent(order):
        raise IllegalTransition(
            f"order {order.order_id} may have been executed: it cannot go to another PSP"
        )
    here = order.payment_info.psp
    left = tuple(
        replace(attempt, psp=attempt.psp or here, outcome=attempt.outcome or NOT_SENT)
        for attempt in order.attempts
    )
    info = _moved(order.payment_info, target)
    return replace(order, attempts=left, payment_info=info, psp_reference=None)


def _moved(info: PaymentInfo, target: PspToken) -> PaymentInfo:
    """At another of its PSPs; the one it leaves stands last among the alternatives."""
    others = (token for token in info.alternatives if token != target)
    tokens = (*others, PspToken(info.psp, info.psp_token))
    return replace(info, psp=target.psp, psp_token=target.psp_token, alternatives=tokens)


def request_operation(
    order: Order,
    kind: OperationKind,
    now: Instant,
    amount_minor: int | None = None,
    *,
    lapsing: bool = False,
) -> Order:
    """The order with a capture or void wanted; nothing is sent yet.

    `amount_minor` defaults to the whole order; a `lapsing` void ends an order whose buyer never
    acted. Raises IllegalTransition from a status that has no money to capture or void, and Invalid
    for an amount outside 1..authorised.
    """
    if kind is OperationKind.CAPTURE and order.status is not S.AUTHORIZED:
        raise IllegalTransition(f"order {order.order_id} is {order.status}, not authorized")
    amount = order.amount_minor if amount_minor is None else amount_minor
    if not 0 < amount <= order.amount_minor:
        raise Invalid("a capture is from 1 to the authorised amount", field="amount")
    wanted = Operation(kind, f"{order.order_id}:{kind}:1", amount, lapsing=lapsing)
    status = S.CAPTURE_PENDING if kind is OperationKind.CAPTURE else S.VOID_PENDING
    return order.moved(status, now, operation=wanted, due_at=now, asked=0)


def start_operation(order: Order, now: Instant, policy: RetryPolicy) -> Order:
    """The order with its wanted operation under way, written before the PSP sees it."""
    if order.operation is None:
        raise IllegalTransition(f"order {order.order_id} has no operation to send")
    sent = replace(order.operation, sent_at=now)
    return order.changed(now, operation=sent, due_at=now + policy.lease)


def cancel_unsent(order: Order, now: Instant) -> Order:
    """The order cancelled before any PSP saw it, between two attempts, or while it waits unsent.

    Raises IllegalTransition once a charge may exist.
    """
    if not is_unsent(order):
        raise IllegalTransition(
            f"order {order.order_id} may have been charged: it cannot be dropped"
        )
    left = tuple(replace(one, outcome=one.outcome or NOT_SENT) for one in order.attempts)
    return order.moved(S.CANCELLED, now, due_at=None, attempts=left)


def is_unsent(order: Order) -> bool:
    """Whether no charge of the order is at a PSP, or on its way to one.

    An attempt without an outcome is proved unsent by the answers of those who sent it, every one:
    NOT_SENT. It is in doubt for good once anybody else looked, for the sender may then still be at
    work; that the PSP does not know it yet proves nothing.
    """
    last = order.attempts[-1] if order.attempts else None
    in_doubt = last is not None and last.outcome is None and last.doubtful
    return order.status in (S.CREATED, S.ROUTED) and not in_doubt
