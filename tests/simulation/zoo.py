"""Planted bugs, each put in for as long as its context is open: what the enumeration must catch.

They are the mistakes other payment systems made; a proof that lets one pass proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from countinghouse.domain.order import Order
from countinghouse.domain.posting import Posting
from countinghouse.domain.psp import Decline, DeclineType, FactKind, PspEvent, PspFact
from countinghouse_aws.dynamodb.codec import Plain
from countinghouse_aws.dynamodb.ledger import DynamoLedger
from countinghouse_aws.dynamodb.orders import DynamoOrderBook
from countinghouse_aws.dynamodb.psp_events import DynamoPspEventBook
from countinghouse_aws.dynamodb.table import Table
from countinghouse_aws.psp.sandbox import SandboxGateway
from tests.simulation.faults import Mode

Planting = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True, slots=True)
class Bug:
    """A planted bug, a flow and a fault with which it does harm, and the invariant it breaks."""

    name: str
    says: str
    plant: Planting
    flow: str
    mode: Mode
    breaks: str


def _fresh_key() -> AbstractContextManager[Any]:
    charge = SandboxGateway.charge
    sends = iter(range(1_000_000))

    def with_fresh_key(self: SandboxGateway, order: Order) -> PspFact:
        last = replace(order.attempts[-1], key=f"{order.attempts[-1].key}:{next(sends)}")
        fact = charge(self, replace(order, attempts=(*order.attempts[:-1], last)))
        return replace(fact, key=order.attempts[-1].key)

    return patch.object(SandboxGateway, "charge", with_fresh_key)


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


def _blind_journal() -> AbstractContextManager[Any]:
    put_journal = DynamoLedger._put_journal

    def unconditional(self: DynamoLedger, linked: Any) -> dict[str, Any]:
        put = put_journal(self, linked)
        del put["Put"]["ConditionExpression"], put["Put"]["ExpressionAttributeNames"]
        return put

    return patch.object(DynamoLedger, "_put_journal", unconditional)


def _journal_then_wallet() -> AbstractContextManager[Any]:
    commit = DynamoLedger.commit

    def in_two_writes(self: DynamoLedger, posting: Posting) -> None:
        commit(self, replace(posting, wallets=()))
        commit(self, replace(posting, journals=()))

    return patch.object(DynamoLedger, "commit", in_two_writes)


def _blind_update() -> AbstractContextManager[Any]:
    update_if_same = Table.update_if_same

    def unconditional(self: Table, old: Plain, new: Plain) -> dict[str, Any]:
        update = update_if_same(self, old, new)
        update["ConditionExpression"] = "#version >= :version"
        return update

    return patch.object(Table, "update_if_same", unconditional)


ZOO: dict[str, Bug] = {
    bug.name: bug
    for bug in (
        Bug("Z1", "a fresh PSP key each time a charge is sent", _fresh_key, "F1", Mode.AFTER, "I4"),
        Bug("Z2", "journal and wallet in two writes", _journal_then_wallet, "F1", Mode.AFTER, "I3"),
        Bug("Z3", "a webhook marked applied too early", _seen_first, "F3", Mode.AFTER, "I11"),
        Bug("Z4", "a time-out taken for a refusal", _timeout_is_refusal, "F1", Mode.LOST, "I4"),
        Bug("Z8", "a journal put unconditionally", _blind_journal, "F1", Mode.AFTER, "I2"),
        Bug("Z12", "an update without its condition", _blind_update, "F1", Mode.RACE, "I10"),
    )
}
