"""Planted bugs of charging an order, and of what its webhooks say."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_facts import Verdict, answer_question, apply_fact
from countinghouse.domain.order_requests import start_attempt
from countinghouse.domain.psp import Decline, DeclineType, FactKind, PspEvent, PspFact
from countinghouse.usecases import execute_order
from countinghouse.usecases.execute_order import Execution
from countinghouse_aws.dynamodb.orders import DynamoOrderBook
from countinghouse_aws.dynamodb.psp_events import DynamoPspEventBook
from countinghouse_aws.psp.sandbox import SandboxGateway
from tests.simulation.bug import Bug, Histories, blind_update
from tests.simulation.faults import Mode

EXECUTION = frozenset({"order_execution"})


def _fresh_key() -> AbstractContextManager[Any]:
    """A charge that goes out again does so under a key of its own, written down as it should be."""

    def with_fresh_key(order: Order, now: Instant, *more: Any) -> Order:
        started = start_attempt(order, now, *more)
        if len(started.attempts) > len(order.attempts):
            return started
        last = started.attempts[-1]
        fresh = replace(last, key=f"{last.key}:{now}")
        return replace(started, attempts=(*started.attempts[:-1], fresh))

    return patch.object(execute_order, "start_attempt", with_fresh_key)


def _seen_first() -> AbstractContextManager[Any]:
    def in_two_writes(
        self: DynamoPspEventBook, old: PspEvent, new: PspEvent, order: tuple[Order, Order]
    ) -> None:
        self.replace(old, new)
        DynamoOrderBook(self.orders()).replace(*order)

    return patch.object(DynamoPspEventBook, "apply", in_two_writes)


def _timeout_is_refusal() -> AbstractContextManager[Any]:
    charge = SandboxGateway.charge

    def refused(self: SandboxGateway, order: Order) -> PspFact:
        fact = charge(self, order)
        if fact.kind is not FactKind.UNKNOWN:
            return fact
        return replace(
            fact, kind=FactKind.DECLINED, decline=Decline("timeout", DeclineType.HARD, "timed out")
        )

    return patch.object(SandboxGateway, "charge", refused)


def _lease_without_fence() -> AbstractContextManager[Any]:
    """Whose lease ran out writes what it was told all the same, over what others wrote since."""

    def record(order: Order, fact: PspFact, ports: Execution, *, asked: bool) -> OrderStatus:
        apply = answer_question if asked else apply_fact
        applied = apply(order, fact, ports.clock.now(), ports.policy)
        if applied.verdict is not Verdict.APPLIED:
            return order.status
        try:
            ports.orders.replace(order, applied.order)
        except Conflict:
            now = ports.orders.get(order.order_id) or order
            ports.orders.replace(now, replace(applied.order, version=now.version + 1))
        return applied.order.status

    return patch.object(execute_order, "_record", record)


CHARGE_ZOO = (
    Bug(
        "Z1",
        "a fresh PSP key each time a charge is sent",
        _fresh_key,
        "execute_order: start_attempt",
        Histories("S4", Mode.STALL, EXECUTION),
        "I5",
    ),
    Bug(
        "Z3",
        "a webhook marked applied too early",
        _seen_first,
        "DynamoPspEventBook.apply",
        Histories("F3", Mode.AFTER, frozenset({"psp_events"})),
        "I11",
    ),
    Bug(
        "Z4",
        "a time-out taken for a refusal",
        _timeout_is_refusal,
        "SandboxGateway.charge",
        Histories("F1", Mode.LOST, EXECUTION),
        "I4",
    ),
    Bug(
        "Z12",
        "an update without its condition",
        blind_update,
        "Table.update_if_same",
        Histories("F1", Mode.RACE),
        "I10",
    ),
    Bug(
        "Z13",
        "a lease without fencing",
        _lease_without_fence,
        "execute_order._record",
        Histories("F11", Mode.STALL, EXECUTION),
        "I10",
    ),
)
