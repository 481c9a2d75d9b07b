"""A checkout's payment: one item from the PSP session to the last booking.

OPEN (registered at the PSP) -> PROCESSING (submitted, split into orders) -> a status folded from
its orders, never set on its own. The flags `is_payment_done`, `is_ledger_updated` and
`is_wallet_updated` are folded the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from enum import StrEnum
from types import MappingProxyType

from countinghouse.domain.conversion import Conversion
from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.fees import FrozenFee
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import (
    CAPTURED_STATUSES,
    FINAL_STATUSES,
    RESTING_STATUSES,
    CaptureMode,
    OrderStatus,
    PaymentInfo,
)
from countinghouse.domain.psp import Action, Decline, PspSession
from countinghouse.domain.retry import RetryPolicy
from countinghouse.records import dataclass

ORDERS_MAX = 50


class PaymentStatus(StrEnum):
    """A payment's status as the API shows it; `open` has no payment yet."""

    OPEN = "open"
    PROCESSING = "processing"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    PARTIALLY_SUCCEEDED = "partially_succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


P = PaymentStatus
FINAL_PAYMENT_STATUSES = frozenset({P.SUCCEEDED, P.PARTIALLY_SUCCEEDED, P.FAILED, P.CANCELLED})


class Decision(StrEnum):
    """What a payment tells all its orders to do, decided once."""

    CAPTURE = "capture"
    VOID = "void"
    CANCEL = "cancel"


class OnPartialFailure(StrEnum):
    """What happens to the other orders when one cannot be paid."""

    KEEP = "keep"
    CANCEL_ALL = "cancel_all"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One seller's part, as it was split at checkout with its fee frozen."""

    order_id: str
    seller_id: str
    amount_minor: int
    fee: FrozenFee
    wallet_shard: int = 0
    seller_country: str | None = None
    conversion: Conversion | None = None


@dataclass(frozen=True, slots=True)
class OrderState:
    """What the payment knows of one order: the newest version folded in."""

    status: OrderStatus
    version: int
    captured_minor: int = 0
    is_posted: bool = False
    failure: Decline | None = None
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What the buyer's checkout page sent. `fingerprint` tells a repeat from another body."""

    user_id: str
    user_country: str | None
    payment_info: PaymentInfo
    lines: tuple[OrderLine, ...]
    on_partial_failure: OnPartialFailure
    capture: CaptureMode
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A checkout's payment. Amounts are minor units of `currency`."""

    checkout_id: str
    amount_minor: int
    currency: str
    session: PspSession | None
    created_at: Instant
    updated_at: Instant
    status: PaymentStatus = P.OPEN
    version: int = 1
    submission: Submission | None = None
    states: Mapping[str, OrderState] = field(default_factory=dict)
    decision: Decision | None = None
    asked: int = 0
    due_at: Instant | None = None

    @property
    def lines(self) -> tuple[OrderLine, ...]:
        """The per-seller split; empty while OPEN."""
        return self.submission.lines if self.submission else ()

    @property
    def amount_captured(self) -> int:
        """Minor units the PSP took."""
        return sum(state.captured_minor for state in self.states.values())

    @property
    def is_payment_done(self) -> bool:
        """Final, and money was taken: true exactly when the buyer has paid for something."""
        return self.status in (P.SUCCEEDED, P.PARTIALLY_SUCCEEDED)

    @property
    def is_ledger_updated(self) -> bool:
        """Done, and every captured order has its journal."""
        captured = [s for s in self.states.values() if s.status in CAPTURED_STATUSES]
        return self.is_payment_done and all(state.is_posted for state in captured)

    @property
    def is_wallet_updated(self) -> bool:
        """Done, and every seller's wallet moved: journal and wallet share one transaction."""
        return self.is_ledger_updated

    @property
    def next_action(self) -> Action | None:
        """What the buyer must do now, if anything."""
        asking = (s for s in self.states.values() if s.status is OrderStatus.REQUIRES_ACTION)
        return next((s.action for s in asking if s.action is not None), None)

    @property
    def is_resting(self) -> bool:
        """Final with everything booked, or waiting for a person."""
        return all(
            (state := self.states.get(line.order_id)) is not None
            and state.status in RESTING_STATUSES
            and (state.is_posted or state.status not in CAPTURED_STATUSES)
            for line in self.lines
        )


def fold(
    payment: Payment, news: Mapping[str, OrderState], now: Instant, policy: RetryPolicy
) -> Payment:
    """The payment after its orders' `news`: states, decision, status and next look.

    Returns the very same object when nothing changed. Older versions of an order are ignored, so
    that news may come in any order.
    """
    known = {line.order_id for line in payment.lines}
    newer = {
        order_id: state
        for order_id, state in news.items()
        if order_id in known and _is_newer(state, payment.states.get(order_id))
    }
    states = MappingProxyType({**payment.states, **newer})
    decision = payment.decision or _decide(payment, states)
    folded = replace(payment, states=states, decision=decision)
    folded = replace(folded, status=_status(folded))
    due_at = None if folded.is_resting else payment.due_at
    changed = newer or decision is not payment.decision or due_at != payment.due_at
    if not changed:
        return _looked_at(payment, now, policy)
    return replace(folded, due_at=due_at, version=payment.version + 1, updated_at=now)


def _is_newer(state: OrderState, known: OrderState | None) -> bool:
    return known is None or (state.version, state.is_posted) > (known.version, known.is_posted)


def _looked_at(payment: Payment, now: Instant, policy: RetryPolicy) -> Payment:
    """The payment with its next look further off, when the sweep found nothing new."""
    if payment.due_at is None or payment.due_at > now:
        return payment
    later = max(policy.next_question_at(now, payment.asked), now + policy.first_check)
    return replace(payment, due_at=later, asked=payment.asked + 1, version=payment.version + 1)


def _decide(payment: Payment, states: Mapping[str, OrderState]) -> Decision | None:
    submission = payment.submission
    if submission is None or submission.on_partial_failure is not OnPartialFailure.CANCEL_ALL:
        return None
    if len(payment.lines) < 2:
        return None
    statuses = [state.status for state in states.values()]
    if any(s in RESTING_STATUSES and s not in CAPTURED_STATUSES for s in statuses):
        return Decision.VOID
    everyone = len(states) == len(payment.lines)
    if everyone and all(s is OrderStatus.AUTHORIZED for s in statuses):
        return Decision.CAPTURE if submission.capture is CaptureMode.AUTOMATIC else None
    return None


def _status(payment: Payment) -> PaymentStatus:
    if payment.submission is None:
        return payment.status
    states = [payment.states.get(line.order_id) for line in payment.lines]
    if any(s is not None and s.status is OrderStatus.REQUIRES_ACTION for s in states):
        return P.REQUIRES_ACTION
    if any(s is None or s.status not in FINAL_STATUSES for s in states):
        return P.PROCESSING
    ends = [state.status for state in states if state is not None]
    captured = [end for end in ends if end in CAPTURED_STATUSES]
    if len(captured) == len(ends):
        return P.SUCCEEDED
    if captured:
        return P.PARTIALLY_SUCCEEDED
    if payment.decision is Decision.CANCEL:
        return P.CANCELLED
    dropped = (OrderStatus.CANCELLED, OrderStatus.VOIDED)
    return P.CANCELLED if all(end in dropped for end in ends) else P.FAILED


def cancel(payment: Payment, now: Instant) -> Payment:
    """The payment with its cancellation decided. A repeat returns the same object.

    Raises IllegalTransition when it is final or another decision stands.
    """
    if payment.decision is Decision.CANCEL or payment.status is P.CANCELLED:
        return payment
    if payment.status in FINAL_PAYMENT_STATUSES or payment.decision is not None:
        raise IllegalTransition(f"payment {payment.checkout_id} is {payment.status}")
    if payment.submission is None:
        return replace(
            payment, status=P.CANCELLED, version=payment.version + 1, updated_at=now, due_at=None
        )
    return replace(payment, decision=Decision.CANCEL, version=payment.version + 1, updated_at=now)
