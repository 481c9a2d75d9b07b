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
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from countinghouse.domain.booking import Booking
from countinghouse.domain.conversion import Conversion
from countinghouse.domain.delivery import Delivery
from countinghouse.domain.dispute import Dispute
from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.fees import FrozenFee
from countinghouse.domain.instants import Instant
from countinghouse.domain.late_payment import LatePayment
from countinghouse.domain.psp import Action, Decline, PspSession, PspToken
from countinghouse.domain.refund import Refund
from countinghouse.records import dataclass

if TYPE_CHECKING:
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
    """One try at charging. Its key goes to the PSP and never changes, however often it is sent.

    `psp` is where it went; None: to the PSP that the order's payment_info names. It is `doubtful`
    once any sending of it did not end in a clean answer or provably before the PSP: from then on
    it may have been executed, whatever is answered later.
    """

    number: int
    key: str
    sent_at: Instant
    first_sent_at: Instant
    outcome: str | None = None
    psp: str | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """A capture or void that is wanted (`sent_at` is None) or under way.

    `lapsing` is a void that nobody wished for: the buyer never acted, and the order is to expire.
    """

    kind: OperationKind
    key: str
    amount_minor: int
    sent_at: Instant | None = None
    lapsing: bool = False


@dataclass(frozen=True, slots=True)
class PaymentInfo:
    """How the buyer pays. `psp_token` names the checkout at the PSP; no card data exists here.

    `psp` is the PSP of the current attempt; in a payment it is empty, for its session names it.
    `sca_exemption` is the exemption from strong customer authentication that the PSP is asked to
    claim, one of domain/sca.py's; None asks for none. `alternatives` are the checkout's tokens at
    other PSPs, the best first.
    """

    method: str
    psp: str
    psp_token: str
    wallet_provider: str | None = None
    return_url: str | None = None
    sca_exemption: str | None = None
    alternatives: tuple[PspToken, ...] = ()

    def at(self, session: PspSession | None) -> PaymentInfo:
        """This, at the PSPs where the checkout is registered; without a session as it is."""
        if session is None:
            return self
        others = tuple(PspToken(s.psp, s.psp_token, s.expires_at) for s in session.alternatives)
        return replace(self, psp=session.psp, psp_token=session.psp_token, alternatives=others)


@dataclass(frozen=True, slots=True)
class Order:
    """One seller's order. Amounts are minor units of `currency`, instants epoch milliseconds.

    `bookings` are the journals called for after the capture, `booked` how many of them are known to
    be in the ledger. `country` is the buyer's and `seller_country` the seller's (ISO 3166), if
    known, `checkout_minor` what the whole checkout comes to, which one code may ask for. A
    `late_payment` is no capture. While `guarded` its payment's `due_at` counts, not its own.
    """

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
    delivery: Delivery | None = None
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    bookings: tuple[Booking, ...] = ()
    booked: int = 0
    country: str | None = None
    seller_country: str | None = None
    conversion: Conversion | None = None
    checkout_minor: int | None = None
    late_payment: LatePayment | None = None
    guarded: bool = False

    @property
    def wallet(self) -> WalletAddress:
        """The seller's wallet this order's money goes to."""
        # Wallets bring in the ledger, which intake and the API start without.
        from countinghouse.domain.wallet import WalletAddress  # noqa: PLC0415

        currency = self.conversion.seller_currency if self.conversion else self.currency
        return WalletAddress(f"seller:{self.seller_id}", currency, self.wallet_shard)

    @property
    def is_resting(self) -> bool:
        """Whether nothing more is due for this order."""
        return self.status in RESTING_STATUSES

    @property
    def took_money(self) -> bool:
        """Whether a PSP took money for it, captured or too late: it has journals, and aftercare."""
        return self.status in CAPTURED_STATUSES or self.late_payment is not None

    @property
    def taken_minor(self) -> int:
        """What a PSP took for it, captured or too late; minor units."""
        return self.late_payment.amount_minor if self.late_payment else self.captured_minor

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
        """This order with other fields, one version on, and looked for by itself."""
        return replace(self, version=self.version + 1, updated_at=now, guarded=False, **changes)  # type: ignore[arg-type]
