"""Planted bugs, each put in for as long as its context is open: what the enumeration must catch.

They are the mistakes other payment systems made; a proof that lets one pass proves nothing.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from countinghouse.domain.order import Order
from countinghouse.domain.posting import Posting
from countinghouse.domain.psp import Decline, DeclineType, FactKind, PspEvent, PspFact
from countinghouse_aws.dynamodb.ledger import DynamoLedger
from countinghouse_aws.dynamodb.orders import DynamoOrderBook
from countinghouse_aws.dynamodb.psp_events import DynamoPspEventBook
from countinghouse_aws.psp.sandbox import SandboxGateway
from tests.simulation.bug import Bug, blind_journal, blind_update
from tests.simulation.faults import Mode
from tests.simulation.zoo_of_payout import PAYOUT_ZOO
from tests.simulation.zoo_of_sale import SALE_ZOO


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


def _journal_then_wallet() -> AbstractContextManager[Any]:
    commit = DynamoLedger.commit

    def in_two_writes(self: DynamoLedger, posting: Posting) -> None:
        commit(self, replace(posting, wallets=()))
        commit(self, replace(posting, journals=()))

    return patch.object(DynamoLedger, "commit", in_two_writes)


ZOO: dict[str, Bug] = {
    bug.name: bug
    for bug in (
        Bug("Z1", "a fresh PSP key each time a charge is sent", _fresh_key, "F1", Mode.AFTER, "I4"),
        Bug("Z2", "journal and wallet in two writes", _journal_then_wallet, "F1", Mode.AFTER, "I3"),
        Bug("Z3", "a webhook marked applied too early", _seen_first, "F3", Mode.AFTER, "I11"),
        Bug("Z4", "a time-out taken for a refusal", _timeout_is_refusal, "F1", Mode.LOST, "I4"),
        Bug("Z8", "a journal put unconditionally", blind_journal, "F1", Mode.AFTER, "I2"),
        Bug("Z12", "an update without its condition", blind_update, "F1", Mode.RACE, "I10"),
        *SALE_ZOO,
        *PAYOUT_ZOO,
    )
}
