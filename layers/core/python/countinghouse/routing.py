"""Committed change in, messages out: the relay's whole brain, and the sweep's.

A message carries ids, never a decision: whoever receives it reads the state itself. Sending one
twice, late or out of order is harmless, and losing one only costs the time until the sweep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from countinghouse.domain.instants import SECOND, Instant
from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import CAPTURED_STATUSES, FINAL_STATUSES, Order, OrderStatus
from countinghouse.domain.payment import FINAL_PAYMENT_STATUSES, Payment, PaymentStatus
from countinghouse.domain.posting import CAPTURE
from countinghouse.domain.psp import EventStatus, PspEvent
from countinghouse.domain.trial_balance import Finding
from countinghouse.domain.wallet import Wallet
from countinghouse.views import order_view, payment_view

DELAY_MAX_S = 900
"""SQS delays a message by 15 minutes at most; anything later is the sweep's."""

S = OrderStatus


class Queue(StrEnum):
    """Where work waits."""

    ORDERS = "orders"
    PROGRESS = "progress"
    PSP_EVENTS = "psp_events"
    POSTINGS = "postings"


@dataclass(frozen=True, slots=True)
class Message:
    """Work for a queue. `group` and `deduplication` are for FIFO queues only."""

    queue: Queue
    body: dict[str, str]
    delay_s: int = 0
    group: str | None = None
    deduplication: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """An event for others, at least once. `version` only grows per `subject`."""

    name: str
    subject: str
    version: int
    data: dict[str, object]


Output = Message | Published


@dataclass(frozen=True, slots=True)
class PaymentChanged:
    """A payment was created (`old` is None) or changed."""

    old: Payment | None
    new: Payment


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """An order was created (`old` is None) or changed."""

    old: Order | None
    new: Order


@dataclass(frozen=True, slots=True)
class PspEventChanged:
    """A PSP's event was recorded (`old` is None), or something became of it."""

    old: PspEvent | None
    new: PspEvent


@dataclass(frozen=True, slots=True)
class JournalPosted:
    """A journal was written."""

    journal: Journal


@dataclass(frozen=True, slots=True)
class WalletMoved:
    """A wallet's balances changed."""

    wallet: Wallet


@dataclass(frozen=True, slots=True)
class BookDamaged:
    """A row of the books was altered, removed or cannot be right."""

    row: str
    detail: str


@dataclass(frozen=True, slots=True)
class FindingReported:
    """An audit found something."""

    finding: Finding


Change = (
    PaymentChanged
    | OrderChanged
    | PspEventChanged
    | JournalPosted
    | WalletMoved
    | BookDamaged
    | FindingReported
)


def route(change: Change, now: Instant) -> list[Output]:
    """Everything that follows from one committed change."""
    match change:
        case PaymentChanged():
            return list(_of_payment(change.old, change.new))
        case OrderChanged():
            return list(_of_order(change.old, change.new, now))
        case PspEventChanged():
            return list(_of_psp_event(change.old, change.new, now))
        case JournalPosted():
            return list(_of_journal(change.journal))
        case WalletMoved():
            return list(_of_wallet(change.wallet))
        case BookDamaged():
            return [audit_raised(change.row, 1, "book_damaged", change.detail)]
        case FindingReported():
            finding = change.finding
            return [audit_raised(finding.finding_id, 1, finding.code, finding.detail)]


def orders_message(order_id: str, checkout_id: str, delay_s: int = 0) -> Message:
    """Ask for an order's next step."""
    return Message(Queue.ORDERS, {"order_id": order_id, "checkout_id": checkout_id}, delay_s)


def progress_message(checkout_id: str, order_id: str) -> Message:
    """Ask for a payment to be folded again, because of one order."""
    return Message(Queue.PROGRESS, {"checkout_id": checkout_id, "order_id": order_id})


def postings_message(order: Order, occasion: str) -> Message:
    """Ask for an order's journals; one FIFO group per wallet, so that a wallet has one writer.

    `occasion` tells one sending from the next: FIFO queues drop a repeat within five minutes.
    """
    return Message(
        Queue.POSTINGS,
        {"order_id": order.order_id},
        group=order.wallet.group,
        deduplication=f"{order.order_id}:{occasion}",
    )


def psp_event_message(event: PspEvent, delay_s: int = 0) -> Message:
    """Ask for a PSP's event to be applied."""
    return Message(Queue.PSP_EVENTS, {"event_key": event.event_key}, delay_s)


def audit_raised(subject: str, version: int, code: str, detail: str) -> Published:
    """The event that stops payouts and calls a person."""
    return Published("audit.raised", subject, version, {"code": code, "detail": detail})


def delay_until(due_at: Instant | None, now: Instant) -> int | None:
    """Seconds until `due_at`, rounded up past it; None when SQS cannot wait that long."""
    if due_at is None:
        return None
    seconds = max(0, -((now - due_at) // SECOND))
    return seconds if seconds <= DELAY_MAX_S else None


_PAYMENT_EVENTS = {
    PaymentStatus.REQUIRES_ACTION: "payment.requires_action",
    PaymentStatus.SUCCEEDED: "payment.succeeded",
    PaymentStatus.PARTIALLY_SUCCEEDED: "payment.partially_succeeded",
    PaymentStatus.FAILED: "payment.failed",
    PaymentStatus.CANCELLED: "payment.cancelled",
}


def _of_payment(old: Payment | None, new: Payment) -> Iterator[Output]:
    submitted = new.submission is not None and (old is None or old.submission is None)
    decided = new.decision is not None and (old is None or old.decision is not new.decision)
    if submitted or (decided and new.status not in FINAL_PAYMENT_STATUSES):
        for line in new.lines:
            state = new.states.get(line.order_id)
            if state is None or state.status not in FINAL_STATUSES:
                yield orders_message(line.order_id, new.checkout_id)
    if new.status in _PAYMENT_EVENTS and (old is None or old.status is not new.status):
        name = _PAYMENT_EVENTS[new.status]
        yield Published(name, new.checkout_id, new.version, payment_view(new))


_TOLD_TO_PAYMENT = (FINAL_STATUSES - CAPTURED_STATUSES) | {
    S.REQUIRES_ACTION,
    S.AUTHORIZED,
    S.CONFLICTED,
}
"""Captured is not here: the payment hears of it with the journal, so that it is folded once."""

_LOOKED_AT_AGAIN = frozenset(
    {S.ROUTED, S.UNKNOWN, S.REQUIRES_ACTION, S.CAPTURE_PENDING, S.VOID_PENDING}
)


def _of_order(old: Order | None, new: Order, now: Instant) -> Iterator[Output]:
    arrived = old is None or old.status is not new.status
    if arrived and new.status in CAPTURED_STATUSES:
        yield postings_message(new, str(new.version))
        yield Published("order.captured", new.order_id, new.version, order_view(new))
    if arrived and new.status in _TOLD_TO_PAYMENT:
        yield progress_message(new.checkout_id, new.order_id)
    if arrived and new.status is S.AUTHORIZED:
        yield orders_message(new.order_id, new.checkout_id)
    if arrived and new.status is S.CONFLICTED:
        detail = f"the PSP's amount or currency differs from order {new.order_id}"
        yield audit_raised(new.order_id, new.version, "order_conflicted", detail)
    delay_s = delay_until(new.due_at, now)
    if new.status in _LOOKED_AT_AGAIN and delay_s is not None:
        yield orders_message(new.order_id, new.checkout_id, delay_s)


def _of_psp_event(old: PspEvent | None, new: PspEvent, now: Instant) -> Iterator[Output]:
    if old is None and new.status is EventStatus.RECEIVED:
        yield psp_event_message(new)
    delay_s = delay_until(new.due_at, now)
    if new.status is EventStatus.PARKED and delay_s is not None:
        yield psp_event_message(new, delay_s)
    if new.alarm is not None and (old is None or old.alarm != new.alarm):
        detail = f"{new.event_type} for order {new.order_id}"
        yield audit_raised(new.event_key, new.version, new.alarm, detail)


def _of_journal(journal: Journal) -> Iterator[Output]:
    if journal.kind == CAPTURE and journal.checkout_id is not None:
        yield progress_message(journal.checkout_id, journal.reference)


def _of_wallet(wallet: Wallet) -> Iterator[Output]:
    if wallet.total != 0:
        detail = f"wallet {wallet.address.group} sums to {wallet.total}"
        yield audit_raised(wallet.address.group, wallet.sequence, "wallet_unbalanced", detail)
