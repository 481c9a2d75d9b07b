"""Planted bugs of what comes in and goes out: queues, events, webhooks, callers' keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from countinghouse.domain.errors import Conflict
from countinghouse.domain.payment import Payment
from countinghouse.domain.psp import EventStatus, PspEvent
from countinghouse.messages import Message, Published
from countinghouse.ports.books import SubmissionRequest
from countinghouse.routing import PaymentChanged, route
from countinghouse.usecases import apply_psp_event
from countinghouse.usecases.apply_psp_event import Inbox
from countinghouse_aws.assembly import Assembly
from countinghouse_aws.dynamodb.codec import Plain
from countinghouse_aws.dynamodb.payments import DynamoPaymentBook
from countinghouse_aws.dynamodb.table import Table
from countinghouse_aws.edge import queue
from countinghouse_aws.edge.idempotency import idempotency_key
from countinghouse_aws.edge.stream import table_of
from countinghouse_aws.psp import signatures
from functions.payouts import handler as payouts
from functions.posting import handler as posting
from functions.relay import handler as relay
from tests.simulation import cloud
from tests.simulation.bug import Bug, Histories, blind_journal
from tests.simulation.faults import Mode


@contextmanager
def deleted_when_received() -> Iterator[None]:
    """A consumer deletes its message as soon as it has read it."""
    received = queue.received

    def deleted(record: Mapping[str, Any]) -> queue.Received:
        for name in cloud.CONSUMERS:
            cloud.delete(name, {record["receiptHandle"]})
        return received(record)

    with patch.object(queue, "received", deleted), patch.object(posting, "received", deleted):
        yield


@contextmanager
def _done_before_it_is() -> Iterator[None]:
    """Message and due date are both taken away first: nobody comes back for what dies then."""
    apply = apply_psp_event._apply

    def taken_first(event: PspEvent, ports: Inbox) -> EventStatus:
        if event.due_at is not None:
            taken = replace(event, due_at=None, version=event.version + 1)
            ports.events.replace(event, taken)
            event = taken
        return apply(event, ports)

    with deleted_when_received(), patch.object(apply_psp_event, "_apply", taken_first):
        yield


@contextmanager
def _no_outbox() -> Iterator[None]:
    """Whoever commits a payment tells of it himself, right after; the relay leaves it to him."""
    submit, replace_payment = DynamoPaymentBook.submit, DynamoPaymentBook.replace
    routed = relay._routed

    def tell(old: Payment | None, new: Payment) -> None:
        parts = Assembly()
        outputs = route(PaymentChanged(old, new), parts.clock.now())
        parts.outbox.send([output for output in outputs if isinstance(output, Message)])
        events = [output for output in outputs if isinstance(output, Published)]
        if events:
            parts.bus.publish(events, parts.clock.now())

    def submitted(self: DynamoPaymentBook, request: SubmissionRequest) -> Any:
        result = submit(self, request)
        if result.accepted and result.payment is not None:
            tell(None, result.payment)
        return result

    def replaced(self: DynamoPaymentBook, old: Payment, new: Payment) -> None:
        replace_payment(self, old, new)
        tell(old, new)

    def left(record: Mapping[str, Any], *more: Any) -> list[Any]:
        return [] if table_of(record) == "payment_event" else routed(record, *more)

    with ExitStack() as stack:
        stack.enter_context(patch.object(DynamoPaymentBook, "submit", submitted))
        stack.enter_context(patch.object(DynamoPaymentBook, "replace", replaced))
        stack.enter_context(patch.object(relay, "_routed", left))
        yield


def _key_alone() -> AbstractContextManager[Any]:
    return patch.object(payouts, "scope_of", idempotency_key)


def _conflict_is_there() -> AbstractContextManager[Any]:
    add = Table.add

    def known(self: Table, row: Plain) -> Plain | None:
        try:
            return add(self, row)
        except Conflict:
            return row

    return patch.object(Table, "add", known)


def _any_scheme() -> AbstractContextManager[Any]:
    parse = signatures._parse

    def lenient(header: str) -> tuple[int, list[str]]:
        return parse(header.replace("v0=", "v1="))

    return patch.object(signatures, "_parse", lenient)


@contextmanager
def _seen_by_message_id() -> Iterator[None]:
    """The consumer remembers the ids of messages it has handled, in a place that outlives it."""
    post = posting._post
    seen: set[str] = set()

    def unless_seen(records: Sequence[Any], ports: Any) -> dict[str, Exception]:
        fresh = [record for record in records if record["messageId"] not in seen]
        errors = post(fresh, ports)
        seen.update({record["messageId"] for record in fresh} - errors.keys())
        return errors

    with blind_journal(), patch.object(posting, "_post", unless_seen):
        yield


MESSAGE_ZOO = (
    Bug(
        "Z5",
        "message and due date taken away before the commit",
        _done_before_it_is,
        "edge.queue.received, apply_psp_event._apply",
        Histories("A9", Mode.AFTER, frozenset({"psp_events"})),
        "I14",
    ),
    Bug(
        "Z6",
        "no outbox: who commits sends, and the relay does not",
        _no_outbox,
        "DynamoPaymentBook.submit and replace, relay._routed",
        Histories("F1", Mode.AFTER, frozenset({"payment_progress"})),
        "I14",
    ),
    Bug(
        "Z11",
        "an idempotency key without its caller and route",
        _key_alone,
        "functions.payouts.handler: scope_of",
        Histories("S3", Mode.BEFORE),
        "I13",
    ),
    Bug(
        "Z15",
        "a conflict taken for a duplicate",
        _conflict_is_there,
        "dynamodb.table.Table.add",
        Histories("F3", Mode.CONFLICT, frozenset({"webhooks"})),
        "I13",
    ),
    Bug(
        "Z16",
        "a signature under v0 accepted",
        _any_scheme,
        "psp.signatures._parse",
        Histories("S2", Mode.BEFORE),
        "I4",
    ),
    Bug(
        "Z19",
        "messages told apart by their id, journals not at all",
        _seen_by_message_id,
        "functions.posting.handler._post, DynamoLedger._put_journal",
        Histories("S1", Mode.BEFORE),
        "I2",
    ),
)
