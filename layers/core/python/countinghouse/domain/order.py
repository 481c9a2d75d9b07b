"""A payment order: one seller's part of a checkout, charged at a PSP at most once.

    CREATED -> SENT -> REQUIRES_ACTION | AUTHORIZED | CAPTURED | FAILED | ROUTED | UNKNOWN
    ROUTED (a retryable refusal, or provably not sent) -> SENT with the next attempt
    UNKNOWN -> left only by what the PSP says when asked, or by its webhook; never by a new charge
    AUTHORIZED -> CAPTURE_PENDING -> CAPTURED | PARTIALLY_CAPTURED;  -> VOID_PENDING -> VOIDED

Every change makes a new Order with the next version; `order_facts` applies what a PSP says,
`order_steps` decides what to do next. The whole table stands in TRANSITIONS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from countinghouse.domain.errors import IllegalTransition, Invalid
from countinghouse.domain.fees import FrozenFee
from countinghouse.domain.instants import Instant
from countinghouse.domain.psp import Action, Decline
from countinghouse.domain.retry import RetryPolicy
from countinghouse.domain.wallet import WalletAddress


class OrderStatus(StrEnum):
    """Where an order stands."""

    CREATED = "created"
    ROUTED = "routed"
    SENT = "sent"
    UNKNOWN = "unknown"
    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    CAPTURE_PENDING = "capture_pending"
    VOID_PENDING = "void_pending"
    CAPTURED = "captured"
    PARTIALLY_CAPTURED = "partially_captured"
    VOIDED = "voided"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    CONFLICTED = "conflicted"


S = OrderStatus

CAPTURED_STATUSES = frozenset({S.CAPTURED, S.PARTIALLY_CAPTURED})
UNPAID_STATUSES = frozenset({S.VOIDED, S.FAILED, S.EXPIRED, S.CANCELLED})
FINAL_STATUSES = CAPTURED_STATUSES | UNPAID_STATUSES
RESTING_STATUSES = FINAL_STATUSES | {S.CONFLICTED}
"""At rest: nothing is due. A conflicted order waits for a person."""

_CHARGE_OUTCOMES = frozenset(
    {S.REQUIRES_ACTION, S.AUTHORIZED, S.CAPTURED, S.PARTIALLY_CAPTURED, S.ROUTED, S.FAILED}
    | {S.EXPIRED, S.VOIDED, S.UNKNOWN, S.CONFLICTED}
)

TRANSITIONS: Mapping[OrderStatus, frozenset[OrderStatus]] = MappingProxyType(
    {
        S.CREATED: frozenset({S.SENT, S.CANCELLED}),
        S.ROUTED: frozenset({S.SENT, S.CANCELLED}) | _CHARGE_OUTCOMES,
        S.SENT: _CHARGE_OUTCOMES,
        S.UNKNOWN: _CHARGE_OUTCOMES,
        S.REQUIRES_ACTION: frozenset(
            {S.AUTHORIZED, S.CAPTURED, S.PARTIALLY_CAPTURED, S.FAILED, S.EXPIRED, S.CANCELLED}
            | {S.VOIDED, S.VOID_PENDING, S.CONFLICTED}
        ),
        S.AUTHORIZED: frozenset(
            {S.CAPTURE_PENDING, S.CAPTURED, S.PARTIALLY_CAPTURED, S.VOID_PENDING, S.VOIDED}
            | {S.EXPIRED, S.CONFLICTED}
        ),
        S.CAPTURE_PENDING: frozenset(
            {S.CAPTURED, S.PARTIALLY_CAPTURED, S.AUTHORIZED, S.VOIDED, S.EXPIRED, S.CONFLICTED}
        ),
        S.VOID_PENDING: frozenset(
            {S.VOIDED, S.CAPTURED, S.PARTIALLY_CAPTURED, S.FAILED, S.EXPIRED}
            | {S.AUTHORIZED, S.CONFLICTED}
        ),
        **dict.fromkeys(sorted(RESTING_STATUSES), frozenset[OrderStatus]()),
    }
)
"""Every legal change of status; anything else is an IllegalTransition (domain rules, section 1)."""


class CaptureMode(StrEnum):
    """Whether the PSP takes the money at once or only reserves it."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class OperationKind(StrEnum):
    """What we ask a PSP to do to an existing charge."""

    CAPTURE = "capture"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at charging. Its key goes to the PSP and never changes, however often it is sent."""

    number: int
    key: str
    sent_at: Instant
    first_sent_at: Instant
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A capture or void that is wanted (`sent_at` is None) or under way."""

    kind: OperationKind
    key: str
    amount_minor: int
    sent_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class PaymentInfo:
    """How the buyer pays. `psp_token` names the checkout at the PSP; no card data exists here."""

    method: str
    psp: str
    psp_token: str
    wallet_provider: str | None = None
    return_url: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One seller's order. Amounts are minor units of `currency`, instants epoch milliseconds."""

    order_id: str
    checkout_id: str
    seller_id: str
    user_id: str
    amount_minor: int
    currency: str
    fee: FrozenFee
    payment_info: PaymentInfo
    capture_mode: CaptureMode
    created_at: Instant
    updated_at: Instant
    status: OrderStatus = S.CREATED
    version: int = 1
    wallet_shard: int = 0
    attempts: tuple[Attempt, ...] = ()
    operation: Operation | None = None
    psp_reference: str | None = None
    captured_minor: int = 0
    captured_at: Instant | None = None
    action: Action | None = None
    failure: Decline | None = None
    asked: int = 0
    due_at: Instant | None = None

    @property
    def wallet(self) -> WalletAddress:
        """The seller's wallet this order's money goes to."""
        return WalletAddress(f"seller:{self.seller_id}", self.currency, self.wallet_shard)

    @property
    def is_resting(self) -> bool:
        """Whether nothing more is due for this order."""
        return self.status in RESTING_STATUSES

    def moved(self, status: OrderStatus, now: Instant, **changes: object) -> Order:
        """This order in another status, one version on.

        Raises IllegalTransition when TRANSITIONS has no such step.
        """
        if status is not self.status and status not in TRANSITIONS[self.status]:
            raise IllegalTransition(
                f"order {self.order_id} cannot go from {self.status} to {status}"
            )
        return self.changed(now, status=status, **changes)

    def changed(self, now: Instant, **changes: object) -> Order:
        """This order with other fields, one version on."""
        return replace(self, version=self.version + 1, updated_at=now, **changes)  # type: ignore[arg-type]


def start_attempt(order: Order, now: Instant, policy: RetryPolicy) -> Order:
    """The order with its charge under way: what is written *before* the PSP sees anything.

    An attempt without an outcome (the PSP did not know it) goes out again under its own key, as
    long as the PSP remembers keys; a refused one is followed by the next number.
    """
    last = order.attempts[-1] if order.attempts else None
    if last is not None and last.outcome is None:
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
        S.SENT, now, attempts=(*kept, attempt), due_at=now + policy.lease, asked=0, failure=None
    )


def request_operation(
    order: Order, kind: OperationKind, now: Instant, amount_minor: int | None = None
) -> Order:
    """The order with a capture or void wanted; nothing is sent yet.

    `amount_minor` defaults to the whole order. Raises IllegalTransition from a status that has no
    money to capture or void, and Invalid for an amount outside 1..authorised.
    """
    if kind is OperationKind.CAPTURE and order.status is not S.AUTHORIZED:
        raise IllegalTransition(f"order {order.order_id} is {order.status}, not authorized")
    amount = order.amount_minor if amount_minor is None else amount_minor
    if not 0 < amount <= order.amount_minor:
        raise Invalid("a capture is from 1 to the authorised amount", field="amount")
    wanted = Operation(kind, f"{order.order_id}:{kind}:1", amount)
    status = S.CAPTURE_PENDING if kind is OperationKind.CAPTURE else S.VOID_PENDING
    return order.moved(status, now, operation=wanted, due_at=now, asked=0)


def start_operation(order: Order, now: Instant, policy: RetryPolicy) -> Order:
    """The order with its wanted operation under way, written before the PSP sees it."""
    if order.operation is None:
        raise IllegalTransition(f"order {order.order_id} has no operation to send")
    sent = replace(order.operation, sent_at=now)
    return order.changed(now, operation=sent, due_at=now + policy.lease)


def cancel_unsent(order: Order, now: Instant) -> Order:
    """The order cancelled before any PSP saw it, or between two attempts.

    Raises IllegalTransition once a charge may exist.
    """
    last = order.attempts[-1] if order.attempts else None
    if last is not None and last.outcome is None:
        raise IllegalTransition(
            f"order {order.order_id} may have been charged: it cannot be dropped"
        )
    return order.moved(S.CANCELLED, now, due_at=None)
