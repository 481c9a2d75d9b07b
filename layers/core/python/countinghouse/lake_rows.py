"""Committed change in, rows of the lake out: the lake's whole brain.

A row's key and day are properties of the row alone, so a change that is delivered twice, late or
out of order makes the same row in the same place, and queries keep one per key
(docs/reconciliation.md). Amounts are minor units, instants epoch milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum

from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import day_of
from countinghouse.domain.ledger import Leg
from countinghouse.domain.order import Order
from countinghouse.domain.psp import PspEvent
from countinghouse.domain.seal import digest_number
from countinghouse.domain.wallet import Link, WalletAddress
from countinghouse.records import dataclass
from countinghouse.refund_views import amount_refunded
from countinghouse.routing import (
    BookDamaged,
    Change,
    JournalPosted,
    OrderChanged,
    PspEventChanged,
)
from countinghouse.views import amount_disputed

LINE_MAX = 1_000 * 1_024
"""Bytes of one row at most, which is what one Firehose record holds. A table's row is smaller."""

DAY_KEY = "day"
"""Stands in every line and in no column: what the record is filed by."""


class LakeTable(StrEnum):
    """The tables that are fed by streams."""

    POSTINGS = "postings"
    ORDERS = "orders"
    PSP_EVENTS = "psp_events"


Value = str | int | None


@dataclass(frozen=True, slots=True)
class LakeRow:
    """One row: its table, the UTC day it belongs to, its columns in the table's order."""

    table: LakeTable
    day: str
    columns: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class LakeLine:
    """A row as it is sent: one line of JSON, without what it has no value for."""

    table: LakeTable
    day: str
    text: bytes


def lines_of(change: Change) -> tuple[LakeLine, ...]:
    """The rows that a committed change makes, each as its line.

    Raises Invalid as `rows_of`, and for a line longer than LINE_MAX.
    """
    return tuple(_line(row) for row in rows_of(change))


def _line(row: LakeRow) -> LakeLine:
    known = {name: value for name, value in row.columns.items() if value is not None}
    text = json.dumps({DAY_KEY: row.day, **known}, ensure_ascii=False, separators=(",", ":"))
    line = f"{text}\n".encode()
    if len(line) > LINE_MAX:
        raise Invalid(f"a row of {len(line)} bytes does not fit the lake")
    return LakeLine(row.table, row.day, line)


def rows_of(change: Change) -> tuple[LakeRow, ...]:
    """The rows that a committed change makes; none for what the lake does not keep.

    Raises Invalid for a journal that is damaged: no row can be made of it.
    """
    match change:
        case JournalPosted():
            return tuple(_postings(change))
        case OrderChanged():
            return (_order(change.new),)
        case PspEventChanged():
            return (_psp_event(change.new),)
        case BookDamaged():
            raise Invalid(f"{change.row}: {change.detail}")
        case _:
            return ()


def _postings(change: JournalPosted) -> Iterator[LakeRow]:
    journal = change.journal
    day, digest = day_of(journal.event_at), journal.digest
    for place, leg in enumerate(journal.legs):
        columns: dict[str, Value] = {
            "ledger_id": journal.ledger_id,
            "leg": place,
            "kind": journal.kind,
            "reference": journal.reference,
            **_leg(leg),
            "event_at": journal.event_at,
            "created_at": journal.created_at,
            "checkout_id": journal.checkout_id,
            "cause": journal.cause,
            "psp_reference": journal.psp_reference,
            "reverses": journal.reverses,
            "home": journal.home,
            "wallet_shard": journal.wallet_shard,
            "digest": digest,
            "digest_number": digest_number(digest),
            "links": _links(change.links) if place == 0 else None,
            "legs": len(journal.legs),
            "code_version": journal.code_version,
        }
        yield LakeRow(LakeTable.POSTINGS, day, columns)


def _leg(leg: Leg) -> dict[str, Value]:
    return {
        "account": leg.account.name,
        "account_kind": leg.account.kind,
        "owner_id": leg.account.owner_id,
        "currency": leg.amount.currency,
        "amount": leg.amount.minor,
    }


def _links(links: Mapping[WalletAddress, Link]) -> str:
    """The journal's place in each wallet's chain, as the ledger's own row has it."""
    places = [
        {
            "owner": address.owner,
            "wallet_id": address.wallet_id,
            "sequence": link.sequence,
            "chain": link.chain,
            "previous": link.previous,
        }
        for address, link in sorted(links.items())
    ]
    return json.dumps(places, ensure_ascii=False, separators=(",", ":"))


def _order(order: Order) -> LakeRow:
    columns: dict[str, Value] = {
        "order_id": order.order_id,
        "version": order.version,
        "checkout_id": order.checkout_id,
        "seller_id": order.seller_id,
        "status": order.status,
        "currency": order.currency,
        "amount": order.amount_minor,
        "captured": order.captured_minor,
        "refunded": amount_refunded(order),
        "disputed": amount_disputed(order),
        "method": order.payment_info.method,
        "psp": order.payment_info.psp,
        "psp_reference": order.psp_reference,
        "attempts": len(order.attempts),
        "failure_code": order.failure.code if order.failure else None,
        "decline_type": order.failure.type if order.failure else None,
        "country": order.country,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
        "captured_at": order.captured_at,
        "delivered_at": order.delivery.delivered_at if order.delivery else None,
        "seller_country": order.seller_country,
        "seller_currency": order.conversion.seller_currency if order.conversion else None,
        "seller_amount": order.conversion.seller_minor if order.conversion else None,
    }
    return LakeRow(LakeTable.ORDERS, day_of(order.created_at), columns)


def _psp_event(event: PspEvent) -> LakeRow:
    columns: dict[str, Value] = {
        "event_key": event.event_key,
        "version": event.version,
        "psp": event.psp,
        "event_type": event.event_type,
        "order_id": event.order_id,
        "status": event.status,
        "alarm": event.alarm,
        "received_at": event.received_at,
    }
    return LakeRow(LakeTable.PSP_EVENTS, day_of(event.received_at), columns)
