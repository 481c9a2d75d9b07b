"""Table `psp_event`: the inbox of webhooks, each recorded once, as a fact and never as a body."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import DAY, SECOND
from countinghouse.domain.payout import Payout
from countinghouse.domain.psp import EventStatus, PspEvent
from countinghouse.ports.books import Effect
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.codec import Plain, present, to_attribute
from countinghouse_aws.dynamodb.facts import decode_fact, encode_fact
from countinghouse_aws.dynamodb.failures import (
    TRANSACTION_CANCELLED,
    cancellation_codes,
    code_of,
    translated,
)
from countinghouse_aws.dynamodb.orders import encode_order
from countinghouse_aws.dynamodb.payout_rows import encode_payout
from countinghouse_aws.dynamodb.table import Table, due_attributes

KEYS = ("event_key",)
KEPT_FOR = 35 * DAY
"""Longer than any sender retries (domain rules W3): 35 days."""


@dataclass(frozen=True, slots=True)
class DynamoPspEventBook:
    """The inbox in DynamoDB; the other tables are for the one joint transaction."""

    table: Table
    orders: Callable[[], Table]
    payouts: Callable[[], Table]

    def get(self, event_key: str) -> PspEvent | None:
        """The event, or None."""
        row = self.table.get(event_key=event_key)
        return decode_psp_event(row) if row else None

    def get_many(self, event_keys: Iterable[str]) -> dict[str, PspEvent]:
        """Those of the events that exist, as they were a moment ago: read ahead.

        What a PSP said never changes. What became of it is written on condition of the version, so
        whoever goes by an older one is refused, and whoever misses one reads it alone.
        """
        rows = self.table.get_many(({"event_key": key} for key in event_keys), may_lag=True)
        return {row["event_key"]: decode_psp_event(row) for row in rows}

    def add(self, event: PspEvent) -> PspEvent | None:
        """Record a new event; or return the one that is there."""
        existing = self.table.add(encode_psp_event(event))
        return decode_psp_event(existing) if existing else None

    def replace(self, old: PspEvent, new: PspEvent) -> None:
        """Commit what became of an event. Raises Conflict."""
        self.table.replace(encode_psp_event(old), encode_psp_event(new))

    def apply(self, old: PspEvent, new: PspEvent, effect: Effect) -> None:
        """Commit an event and what it changes in one transaction. Raises Conflict."""
        event_update = self.table.update_if_same(encode_psp_event(old), encode_psp_event(new))
        items: Any = [{"Update": event_update}, {"Update": self._update(effect)}]
        try:
            with translated():
                self.table.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if code_of(error) != TRANSACTION_CANCELLED:
                raise
            cancellation_codes(error, len(items))
            raise Conflict("the event or what it is about moved on") from error

    def _update(self, effect: Effect) -> dict[str, Any]:
        table = self.payouts if isinstance(effect[0], Payout) else self.orders
        old, new = (
            encode_payout(one) if isinstance(one, Payout) else encode_order(one) for one in effect
        )
        return table().update_if_same(old, new)

    def of_order(self, order_id: str) -> list[PspEvent]:
        """Every event about an order, oldest first (read from an index: may lag)."""
        keys = self.table.pages(
            "query",
            IndexName="by_order",
            KeyConditionExpression="order_id = :order",
            ExpressionAttributeValues={":order": to_attribute(order_id)},
        )
        rows = self.table.get_many({"event_key": row["event_key"]} for row in keys)
        return sorted(map(decode_psp_event, rows), key=lambda event: event.received_at)


def encode_psp_event(event: PspEvent) -> Plain:
    """An event as its row."""
    return present(
        event_key=event.event_key,
        psp=event.psp,
        event_type=event.event_type,
        order_id=event.order_id,
        fact=encode_fact(event.fact),
        body_sha256=event.body_sha256,
        received_at=event.received_at,
        status=str(event.status),
        version=event.version,
        parked=event.parked or None,
        alarm=event.alarm,
        expires_at=(event.received_at + KEPT_FOR) // SECOND,
        **due_attributes(event.event_key, event.due_at),
    )


def decode_psp_event(row: Plain) -> PspEvent:
    """An event from its row."""
    return PspEvent(
        event_key=row["event_key"],
        psp=row["psp"],
        event_type=row["event_type"],
        order_id=row.get("order_id"),
        fact=decode_fact(row["fact"]),
        body_sha256=row["body_sha256"],
        received_at=row["received_at"],
        status=EventStatus(row["status"]),
        version=row["version"],
        parked=row.get("parked", 0),
        due_at=row.get("due_at"),
        alarm=row.get("alarm"),
    )
