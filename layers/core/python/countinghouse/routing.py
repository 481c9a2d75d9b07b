"""Committed change in, messages out: the relay's whole brain, and the sweep's.

A message carries ids, never a decision: whoever receives it reads the state itself. Sending one
twice, late or out of order is harmless, and losing one only costs the time until the sweep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from countinghouse.audit_routing import of_damage, of_finding, of_wallet
from countinghouse.domain.finding import Finding
from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import FINAL_STATUSES, Order, OrderStatus
from countinghouse.domain.order_journals import CAPTURE
from countinghouse.domain.payment import FINAL_PAYMENT_STATUSES, Payment, PaymentStatus
from countinghouse.domain.payout import Payout
from countinghouse.domain.psp import EventStatus, PayoutFact, PspEvent
from countinghouse.domain.reconciliation import Run, RunStatus
from countinghouse.domain.wallet import Link, Wallet, WalletAddress
from countinghouse.messages import (
    Output,
    Published,
    aftercare_message,
    audit_raised,
    delay_until,
    orders_message,
    progress_message,
    psp_event_message,
)
from countinghouse.order_routing import of_order
from countinghouse.payout_routing import of_payout
from countinghouse.records import dataclass
from countinghouse.run_views import run_view
from countinghouse.views import payment_view

S = OrderStatus


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
class PayoutChanged:
    """A payout was created (`old` is None) or changed."""

    old: Payout | None
    new: Payout


@dataclass(frozen=True, slots=True)
class PspEventChanged:
    """A PSP's event was recorded (`old` is None), or something became of it."""

    old: PspEvent | None
    new: PspEvent


@dataclass(frozen=True, slots=True)
class JournalPosted:
    """A journal was written, at these places in the chains of the wallets it touches."""

    journal: Journal
    links: Mapping[WalletAddress, Link] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WalletMoved:
    """A wallet's balances changed."""

    wallet: Wallet


@dataclass(frozen=True, slots=True)
class RunChanged:
    """A reconciliation run was created (`old` is None) or changed."""

    old: Run | None
    new: Run


@dataclass(frozen=True, slots=True)
class BookDamaged:
    """A row of the books was altered, removed or cannot be right; no currencies: not known."""

    row: str
    detail: str
    currencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingReported:
    """An audit found something."""

    finding: Finding


Change = (
    PaymentChanged
    | OrderChanged
    | PayoutChanged
    | PspEventChanged
    | JournalPosted
    | WalletMoved
    | RunChanged
    | BookDamaged
    | FindingReported
)


def route(change: Change, now: Instant) -> list[Output]:
    """Everything that follows from one committed change."""
    match change:
        case PaymentChanged():
            return list(_of_payment(change.old, change.new))
        case OrderChanged():
            return list(of_order(change.old, change.new, now))
        case PayoutChanged():
            return list(of_payout(change.old, change.new))
        case PspEventChanged():
            return list(_of_psp_event(change.old, change.new, now))
        case RunChanged():
            return list(_of_run(change.old, change.new))
        case JournalPosted() | WalletMoved() | BookDamaged() | FindingReported():
            return list(_of_books(change))


def _of_books(
    change: JournalPosted | WalletMoved | BookDamaged | FindingReported,
) -> Iterator[Output]:
    match change:
        case JournalPosted():
            yield from _of_journal(change.journal)
        case WalletMoved():
            yield from of_wallet(change.wallet)
        case BookDamaged():
            yield of_damage(change.row, change.detail, change.currencies)
        case FindingReported():
            yield from of_finding(change.finding)


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


def _of_psp_event(old: PspEvent | None, new: PspEvent, now: Instant) -> Iterator[Output]:
    if old is None and new.status is EventStatus.RECEIVED:
        yield psp_event_message(new)
    delay_s = delay_until(new.due_at, now)
    if new.status is EventStatus.PARKED and delay_s is not None:
        yield psp_event_message(new, delay_s)
    if new.alarm is not None and (old is None or old.alarm != new.alarm):
        fact, subject = new.fact, f"order {new.order_id}"
        if isinstance(fact, PayoutFact):
            subject = f"payout {fact.payout_id}"
        detail = f"{new.event_type} for {subject}"
        yield audit_raised(new.event_key, new.version, new.alarm, detail)


def _of_journal(journal: Journal) -> Iterator[Output]:
    if journal.checkout_id is None:
        return
    if journal.kind == CAPTURE:
        yield progress_message(journal.checkout_id, journal.reference)
    else:
        yield aftercare_message(journal.reference)


def _of_run(old: Run | None, new: Run) -> Iterator[Output]:
    arrived = old is None or old.status is not new.status
    if arrived and new.status is RunStatus.COMPLETED:
        yield Published("reconciliation.completed", new.run_id, new.version, run_view(new))
