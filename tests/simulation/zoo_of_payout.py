"""Planted bugs of payouts."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from countinghouse import payout_bookkeeping, payout_routing
from countinghouse.domain.payout import AT_PSP, Payout, PayoutStatus
from countinghouse.domain.payout_facts import start_submission
from countinghouse.domain.psp import PayoutFact, SettlementKind
from countinghouse.ports.payouts import PayoutChange
from countinghouse.usecases import advance_payout
from countinghouse.usecases.advance_payout import Advancing
from countinghouse_aws.dynamodb.payouts import DynamoPayoutBook
from countinghouse_aws.psp.sandbox_payouts import SandboxPayouts
from tests.simulation.bug import Bug, blind_update
from tests.simulation.faults import Mode


def _fresh_key() -> AbstractContextManager[Any]:
    send, key = SandboxPayouts.pay_out, vars(Payout)["key"].fget
    sends = iter(range(1_000_000))

    def with_fresh_key(self: SandboxPayouts, payout: Payout) -> PayoutFact:
        with patch.object(Payout, "key", f"{key(payout)}:{next(sends)}"):
            return send(self, payout)

    return patch.object(SandboxPayouts, "pay_out", with_fresh_key)


def _reserve_apart_from_its_row() -> AbstractContextManager[Any]:
    commit = DynamoPayoutBook.commit

    def in_two_writes(self: DynamoPayoutBook, change: PayoutChange) -> None:
        if change.posting is not None:
            self.ledger().commit(change.posting)
        commit(self, replace(change, posting=None))

    return patch.object(DynamoPayoutBook, "commit", in_two_writes)


def _timeout_is_failure() -> AbstractContextManager[Any]:
    send = SandboxPayouts.pay_out

    def failed(self: SandboxPayouts, payout: Payout) -> PayoutFact:
        fact = send(self, payout)
        if fact.kind is not SettlementKind.UNKNOWN:
            return fact
        return replace(fact, kind=SettlementKind.FAILED, failure="timeout")

    return patch.object(SandboxPayouts, "pay_out", failed)


def _psp_before_record() -> AbstractContextManager[Any]:
    record = advance_payout._record

    def sent_first(payout: Payout, ports: Advancing) -> Payout:
        started = start_submission(payout, ports.books.clock.now(), ports.policy)
        fact = ports.gateway.pay_out(started)
        ports.books.payouts.commit(PayoutChange(payout, started))
        return record(started, fact, ports)

    return patch.object(advance_payout, "_submit", sent_first)


def _place_is_kept() -> AbstractContextManager[Any]:
    return patch.object(payout_bookkeeping, "free_slot", lambda account, _: account)


def _nothing_is_due() -> AbstractContextManager[Any]:
    """A payout that was sent is left to its workflow: no sweep looks after it."""
    due_at = vars(Payout)["due_at"].fget

    def unless_sent(self: Payout) -> int | None:
        found: int | None = None if self.status in AT_PSP else due_at(self)
        return found

    return patch.object(Payout, "due_at", property(unless_sent))


def _return_is_not_told() -> AbstractContextManager[Any]:
    told = {s: name for s, name in payout_routing._EVENTS.items() if s != PayoutStatus.RETURNED}
    return patch.object(payout_routing, "_EVENTS", told)


PAYOUT_ZOO = (
    Bug("Q1", "a fresh PSP key each time a payout is sent", _fresh_key, "P1", Mode.STALL, "I6"),
    Bug(
        "Q2",
        "a payout's journals apart from its row",
        _reserve_apart_from_its_row,
        "P1",
        Mode.AFTER,
        "I17",
    ),
    Bug(
        "Q3", "a payout's time-out taken for a failure", _timeout_is_failure, "P4", Mode.LOST, "I4"
    ),
    Bug(
        "Q4",
        "the PSP asked to pay before it is on record",
        _psp_before_record,
        "P1",
        Mode.AFTER,
        "I6",
    ),
    Bug("Q5", "the place of a payout that is over is kept", _place_is_kept, "P2", Mode.RACE, "I17"),
    Bug("Q6", "no sweep takes up what was sent", _nothing_is_due, "P14", Mode.BEFORE, "I14"),
    Bug("Q7", "a return that nobody is told", _return_is_not_told, "P3", Mode.BEFORE, "I14"),
    Bug("Q8", "a payout written without its condition", blind_update, "P8", Mode.RACE, "I10"),
)
