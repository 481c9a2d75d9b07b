"""Webhooks: written with the change they tell of, delivered at least once, signed when sent.

Deliveries run by the caller's clock, not by the PSP's: moving the PSP's clock by a day neither
hurries a retry nor makes a signature look stale to a receiver that keeps real time.
"""

import hashlib
import hmac
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tools.sandbox_psp import faults
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.face import Webhook
from tools.sandbox_psp.times import instant
from tools.sandbox_psp.wire import JsonObject, JsonValue, Refused

_BACKOFF_S: Final = (1, 2, 5, 15, 60)

# A taken delivery nobody reports on is due again after this, so a crash loses none.
_LEASE: Final = timedelta(seconds=60)

# How far behind the event that overtakes it a held one follows.
_OVERTAKEN_BY: Final = timedelta(milliseconds=250)


@dataclass(frozen=True)
class Event:
    """That an object changed: its own reference, the order that faults know it by, how it looks."""

    kind: str
    reference: str
    order_id: str
    at: datetime
    data: JsonObject


@dataclass(frozen=True)
class Delivery:
    """One attempt at one webhook: post ``body`` with ``headers``, then report the status.

    ``psp_reference`` is the object's, be it a charge, refund, dispute or payout; a payout's
    ``order_id`` is the merchant's reference of it.
    """

    delivery_id: int
    event_id: str
    psp_reference: str
    order_id: str
    attempt: int
    headers: dict[str, str]
    body: bytes


def signature(secret: str, at: datetime, body: bytes) -> str:
    """``t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">``."""
    stamp = str((at - datetime.fromtimestamp(0, at.tzinfo)) // timedelta(seconds=1))
    mac = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256)
    return f"t={stamp},v1={mac.hexdigest()}"


def emit(desk: Desk, event: Event) -> None:
    """Write an event, inside the transaction of the change that it tells of."""
    webhooks = desk.face.webhooks(desk, event)
    for webhook in webhooks:
        desk.book.put("events", {
            "event_id": webhook.event_id, "psp_reference": event.reference,
            "order_id": event.order_id, "type": webhook.kind, "created_at": event.at,
            "body": webhook.body,
        })  # fmt: skip
    if webhooks:
        _dispatch(desk, [webhook.event_id for webhook in webhooks], event)


def _dispatch(desk: Desk, event_ids: Sequence[str], event: Event) -> None:
    """Queue the event's deliveries as its fault, if any, would have it."""
    book, now, reference = desk.book, desk.wall_now(), event.reference
    book.run(
        "UPDATE deliveries SET held = 0, due_at = ? WHERE psp_reference = ? AND held = 1",
        now + _OVERTAKEN_BY, reference,
    )  # fmt: skip
    fault = faults.take(book, faults.DISPATCH_KINDS, "webhook", event.order_id)
    kind = fault.kind if fault else ""
    late = kind in ("webhook_delayed", "webhook_out_of_order")
    due_at = now + timedelta(seconds=fault.delay_s) if fault and late else now
    for event_id in event_ids:
        if kind == "webhook_lost":
            _queue(book, event_id, reference, None)
            continue
        _queue(book, event_id, reference, due_at, held=kind == "webhook_out_of_order")
        if kind == "webhook_duplicate":
            _queue(book, event_id, reference, due_at)


def _queue(
    book: Book, event_id: str, psp_reference: str, due_at: datetime | None, held: bool = False
) -> None:
    """Queue one delivery; without an instant it is recorded as lost."""
    book.put("deliveries", {
        "delivery_id": book.next_number("delivery"), "event_id": event_id,
        "psp_reference": psp_reference, "state": "pending" if due_at else "lost",
        "due_at": due_at, "held": int(held),
    })  # fmt: skip


def take_due(desk: Desk, now: datetime, limit: int) -> list[Delivery]:
    """Lease and sign the deliveries due by ``now`` (the caller's clock), the longest due first."""
    with desk.book.transaction():
        found = desk.book.rows(
            "SELECT d.delivery_id, d.attempts, e.* FROM deliveries d JOIN events e USING (event_id)"
            " WHERE d.due_at <= ? ORDER BY d.due_at, d.delivery_id LIMIT ?",
            now, limit,
        )  # fmt: skip
        return [_leased(desk, row, now) for row in found]


def _leased(desk: Desk, row: sqlite3.Row, now: datetime) -> Delivery:
    desk.book.run(
        "UPDATE deliveries SET held = 0, due_at = ?, state = 'sending', attempts = attempts + 1,"
        " last_attempt_at = ? WHERE delivery_id = ?",
        now + _LEASE, now, row["delivery_id"],
    )  # fmt: skip
    webhook = Webhook(row["event_id"], row["type"], row["body"])
    wrong = faults.take(desk.book, (faults.BAD_SIGNATURE,), "webhook", row["order_id"])
    headers, body = desk.face.sealed(desk, webhook, now, trusted=wrong is None)
    return Delivery(
        delivery_id=row["delivery_id"],
        event_id=row["event_id"],
        psp_reference=row["psp_reference"],
        order_id=row["order_id"],
        attempt=row["attempts"] + 1,
        headers=headers,
        body=body,
    )


def mark(desk: Desk, delivery_id: int, status: int | None, now: datetime) -> None:
    """Record how an attempt went; None means no answer. Anything but 2xx is tried again."""
    book = desk.book
    with book.transaction():
        found = book.rows("SELECT attempts FROM deliveries WHERE delivery_id = ?", delivery_id)
        if not found:
            return
        delivered = status is not None and 200 <= status < 300
        step = min(found[0]["attempts"], len(_BACKOFF_S)) - 1
        due_at = None if delivered else now + timedelta(seconds=_BACKOFF_S[max(step, 0)])
        book.run(
            "UPDATE deliveries SET state = ?, due_at = ?, last_status = ? WHERE delivery_id = ?",
            "delivered" if delivered else "pending", due_at, status, delivery_id,
        )  # fmt: skip


def next_due_at(book: Book) -> datetime | None:
    """When the next delivery is due, by the caller's clock."""
    found = book.rows("SELECT min(due_at) AS due_at FROM deliveries WHERE due_at IS NOT NULL")
    return None if found[0]["due_at"] is None else instant(found[0]["due_at"])


def resend(desk: Desk, event_id: str) -> None:
    """Queue the event once more, with the same bytes.

    Raises:
        Refused: 404, there is no such event.
    """
    found = desk.book.rows("SELECT psp_reference FROM events WHERE event_id = ?", event_id)
    if not found:
        raise Refused(404, "not_found", "no such event")
    _queue(desk.book, event_id, found[0]["psp_reference"], desk.wall_now())


def listed(book: Book, order_id: str | None) -> list[JsonValue]:
    """Every delivery with its attempts, oldest first; bodies and signatures are left out."""
    found = book.rows(
        "SELECT d.delivery_id, d.event_id, e.type, e.order_id, e.psp_reference, e.created_at,"
        " d.state, d.attempts, d.last_status, d.last_attempt_at, d.due_at AS next_attempt_at"
        " FROM deliveries d JOIN events e USING (event_id)"
        " WHERE ? IS NULL OR e.order_id = ? ORDER BY d.delivery_id",
        order_id, order_id,
    )  # fmt: skip
    return [dict(row) for row in found]


def pending(book: Book) -> int:
    """How many deliveries are still to be made."""
    found = book.rows("SELECT count(*) AS n FROM deliveries WHERE due_at IS NOT NULL")
    return int(found[0]["n"])
