"""What goes over the queues and the bus, and how each message is spelled.

A message carries ids, never a decision: whoever receives it reads the state itself.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from enum import StrEnum

from countinghouse.domain.instants import SECOND, Instant
from countinghouse.domain.order import Order
from countinghouse.domain.psp import PspEvent
from countinghouse.domain.wallet import WalletAddress
from countinghouse.records import dataclass

DELAY_MAX_S = 900
"""SQS delays a message by 15 minutes at most; anything later is the sweep's."""

AUDIT_RAISED = "audit.raised"
EVERY_EVENT = "*"


class Queue(StrEnum):
    """Where work waits."""

    ORDERS = "orders"
    PROGRESS = "progress"
    PSP_EVENTS = "psp_events"
    POSTINGS = "postings"
    AFTERCARE = "aftercare"
    PAYOUTS = "payouts"


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


def wallet_message(address: WalletAddress, occasion: str) -> Message:
    """Ask for the reserves of a wallet that are free by now to be released."""
    return Message(
        Queue.POSTINGS,
        {"owner": address.owner, "wallet_id": address.wallet_id},
        group=address.group,
        deduplication=f"{address.group}:{occasion}",
    )


def aftercare_message(order_id: str, delay_s: int = 0) -> Message:
    """Ask for a captured order to be looked after: its journals, its refunds."""
    return Message(Queue.AFTERCARE, {"order_id": order_id}, delay_s)


def payouts_message(payout_id: str, delay_s: int = 0) -> Message:
    """Ask for a payout to be walked through: its workflow started or woken."""
    return Message(Queue.PAYOUTS, {"payout_id": payout_id}, delay_s)


def psp_event_message(event: PspEvent, delay_s: int = 0) -> Message:
    """Ask for a PSP's event to be applied."""
    return Message(Queue.PSP_EVENTS, {"event_key": event.event_key}, delay_s)


def asked_for(events: Sequence[Published], names: Container[str]) -> list[Published]:
    """The events that somebody listens to: those with these names (`*`: all), and every call for a
    person, which our own rules listen to."""
    if EVERY_EVENT in names:
        return list(events)
    return [event for event in events if event.name == AUDIT_RAISED or event.name in names]


def audit_raised(
    subject: str, version: int, code: str, detail: str, currencies: Iterable[str] | None = None
) -> Published:
    """The event that calls a person.

    One about the books themselves names the `currencies` whose payouts it stops (none: all of
    them); one about an order or a payout has no such field and stops nobody else.
    """
    data: dict[str, object] = {"code": code, "detail": detail}
    if currencies is not None:
        data["currencies"] = list(currencies)
    return Published(AUDIT_RAISED, subject, version, data)


def delay_until(due_at: Instant | None, now: Instant) -> int | None:
    """Seconds until `due_at`, rounded up past it; None when SQS cannot wait that long."""
    if due_at is None:
        return None
    seconds = max(0, -((now - due_at) // SECOND))
    return seconds if seconds <= DELAY_MAX_S else None
