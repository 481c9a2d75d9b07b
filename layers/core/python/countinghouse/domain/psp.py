"""What a PSP can tell us, in one vocabulary, whether it answers, is asked or calls back."""

from __future__ import annotations

from enum import StrEnum

from countinghouse.domain.dispute import DisputeStage, DisputeStatus
from countinghouse.domain.instants import Instant
from countinghouse.records import dataclass


class FactKind(StrEnum):
    """The kinds of fact about one charge."""

    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    APPROVED = "approved"
    """Authorised, and captured by that if it was asked for so: who says it does not know which."""
    DECLINED = "declined"
    VOIDED = "voided"
    EXPIRED = "expired"
    PENDING = "pending"
    """The PSP knows the charge and has not decided yet."""
    NOT_FOUND = "not_found"
    """Asked, the PSP knows of no such charge."""
    NOT_SENT = "not_sent"
    """Provably not executed: the connection never stood, or the PSP refused before looking."""
    UNKNOWN = "unknown"
    """Anything may have happened: time-out, 5xx, unreadable answer."""
    OTHER = "other"
    """An event type we keep and do not act on."""


class Doubt(StrEnum):
    """Why a fact is UNKNOWN."""

    SILENCE = "silence"
    """No answer, an error of the PSP's own, or nothing that can be read."""
    ANSWER = "answer"
    """The PSP answered, and what it said proves nothing: it refused a capture, or is busy."""
    UNASKED = "unasked"
    """Nothing was sent: the PSP has no answer to it, or none any more."""


class DeclineType(StrEnum):
    """Whether the same payment method may succeed later."""

    SOFT = "soft"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a payment was refused; `code` is stable, `message` is for people."""

    code: str
    type: DeclineType
    message: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """What the buyer must do before the PSP goes on."""

    type: str
    url: str | None
    expires_at: Instant
    qr_payload: str | None = None


@dataclass(frozen=True, slots=True)
class PspFact:
    """One thing a PSP said about one charge of ours. Amounts in minor units.

    `amount_minor` is what was asked for or authorised; a capture's fact may leave it unsaid.
    `doubt` is for UNKNOWN, which no event states of a charge, and is not stored.
    """

    kind: FactKind
    key: str | None = None
    psp_reference: str | None = None
    amount_minor: int | None = None
    captured_minor: int = 0
    currency: str | None = None
    occurred_at: Instant | None = None
    action: Action | None = None
    decline: Decline | None = None
    doubt: Doubt = Doubt.SILENCE


class SettlementKind(StrEnum):
    """What a PSP can say of a refund or a payout it was asked to make."""

    PENDING = "pending"
    """The PSP has it and has not finished; for a payout: on its way."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Refused, or undone after it had succeeded."""
    NOT_FOUND = "not_found"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RefundFact:
    """One thing a PSP said about one refund of ours, known by its key. Amounts in minor units."""

    kind: SettlementKind
    key: str
    psp_reference: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    occurred_at: Instant | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class DisputeFact:
    """A dispute as the PSP shows it at one moment; `sequence` grows with every change of it."""

    psp_reference: str
    charge_reference: str
    stage: DisputeStage
    status: DisputeStatus
    amount_minor: int
    currency: str
    reason: str
    sequence: int
    occurred_at: Instant
    evidence_due_at: Instant | None = None
    withdrawn_minor: int = 0
    fee_minor: int = 0


@dataclass(frozen=True, slots=True)
class PayoutFact:
    """One thing a PSP said about one payout of ours, known by our own id. Minor units.

    `returned` tells a payout that failed after it had been paid from one that never was.
    """

    kind: SettlementKind
    payout_id: str
    psp_reference: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    occurred_at: Instant | None = None
    failure: str | None = None
    returned: bool = False


Fact = PspFact | RefundFact | DisputeFact | PayoutFact
"""Anything a PSP's event can state."""


@dataclass(frozen=True, slots=True)
class PspSession:
    """A checkout as the PSP registered it, before any payment.

    `alternatives` are its sessions at further PSPs, which an order may move to; they have none.
    """

    psp: str
    psp_token: str
    expires_at: Instant
    client_secret: str | None = None
    hosted_url: str | None = None
    alternatives: tuple[PspSession, ...] = ()


@dataclass(frozen=True, slots=True)
class PspToken:
    """A checkout's token at a PSP, and until when that PSP takes it (None: it never said)."""

    psp: str
    psp_token: str
    expires_at: Instant | None = None


class EventStatus(StrEnum):
    """What became of a PSP's event here."""

    RECEIVED = "received"
    APPLIED = "applied"
    STALE = "stale"
    PARKED = "parked"
    CONTRADICTION = "contradiction"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class PspEvent:
    """A verified webhook, kept as the fact it states and the hash of its bytes, never the body.

    `order_id` is the order it is about; a payout's event has its payout in the fact instead. What
    is about neither may be filed there under a name that no order can have (it has a colon).
    """

    event_key: str
    psp: str
    event_type: str
    order_id: str | None
    fact: Fact
    body_sha256: str
    received_at: Instant
    status: EventStatus = EventStatus.RECEIVED
    version: int = 1
    parked: int = 0
    due_at: Instant | None = None
    alarm: str | None = None
