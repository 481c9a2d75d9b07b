"""Planted bugs of payouts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from countinghouse import payout_bookkeeping, payout_routing, wallet_folding
from countinghouse.domain.ledger import Journal
from countinghouse.domain.payout import AT_PSP, Payout, PayoutJournal, PayoutStatus
from countinghouse.domain.payout_facts import start_submission
from countinghouse.domain.posting import Posting
from countinghouse.domain.psp import PayoutFact, SettlementKind
from countinghouse.domain.wallet import Wallet
from countinghouse.domain.wallet_folds import FOLD_IN, FOLD_OUT, wants_fold
from countinghouse.ports.payouts import PayoutChange
from countinghouse.usecases import advance_payout
from countinghouse.usecases.advance_payout import Advancing
from countinghouse_aws.dynamodb.ledger import DynamoLedger
from countinghouse_aws.dynamodb.payouts import DynamoPayoutBook
from countinghouse_aws.psp.sandbox_payouts import SandboxPayouts
from tests.simulation.bug import Bug, Histories, blind_update
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


def _fold_in_two_writes() -> AbstractContextManager[Any]:
    commit = DynamoLedger.commit

    def one_by_one(self: DynamoLedger, posting: Posting) -> tuple[Journal, ...]:
        if {linked.journal.kind for linked in posting.journals} != {FOLD_OUT, FOLD_IN}:
            return commit(self, posting)
        for linked in posting.journals:
            own = tuple(pair for pair in posting.wallets if pair[0].address in linked.links)
            commit(self, Posting((linked,), own))
        return ()

    return patch.object(DynamoLedger, "commit", one_by_one)


def _debt_stays_where_it_is() -> AbstractContextManager[Any]:
    def without_debt(wallet: Wallet) -> bool:
        return wants_fold(wallet) and not any(
            "seller_receivable" in name for name in wallet.balances
        )

    return patch.object(wallet_folding, "wants_fold", without_debt)


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


@contextmanager
def _unsealed() -> Iterator[None]:
    """A payout is agreed on and sent, and its money stays where others can take it."""
    commit = DynamoPayoutBook.commit

    def without_reserve(self: DynamoPayoutBook, change: PayoutChange) -> None:
        if change.new.booked == (PayoutJournal.RESERVE,) and not change.old.booked:
            change = replace(change, new=replace(change.new, booked=()), posting=None)
        commit(self, change)

    with patch.object(DynamoPayoutBook, "commit", without_reserve):
        yield


PAYOUT_ZOO = (
    Bug(
        "Z18",
        "a payout sent without its money set aside",
        _unsealed,
        "DynamoPayoutBook.commit",
        Histories("P1", Mode.BEFORE),
        "I8",
    ),
    Bug(
        "Q1",
        "a fresh PSP key each time a payout is sent",
        _fresh_key,
        "SandboxPayouts.pay_out",
        Histories("P1", Mode.STALL),
        "I6",
    ),
    Bug(
        "Q2",
        "a payout's journals apart from its row",
        _reserve_apart_from_its_row,
        "DynamoPayoutBook.commit",
        Histories("P1", Mode.AFTER),
        "I7",
    ),
    Bug(
        "Q3",
        "a payout's time-out taken for a failure",
        _timeout_is_failure,
        "SandboxPayouts.pay_out",
        Histories("P4", Mode.LOST),
        "I4",
    ),
    Bug(
        "Q4",
        "the PSP asked to pay before it is on record",
        _psp_before_record,
        "advance_payout._submit",
        Histories("P1", Mode.AFTER),
        "I6",
    ),
    Bug(
        "Q5",
        "the place of a payout that is over is kept",
        _place_is_kept,
        "payout_bookkeeping.free_slot",
        Histories("P2", Mode.RACE),
        "I7",
    ),
    Bug(
        "Q6",
        "no sweep takes up what was sent",
        _nothing_is_due,
        "Payout.due_at",
        Histories("P14", Mode.AFTER, frozenset({"payout_steps"})),
        "I14",
    ),
    Bug(
        "Q7",
        "a return that nobody is told",
        _return_is_not_told,
        "payout_routing",
        Histories("P3", Mode.BEFORE),
        "I14",
    ),
    Bug(
        "Q8",
        "a payout written without its condition",
        blind_update,
        "Table.update_if_same",
        Histories("P8", Mode.RACE),
        "I10",
    ),
    Bug(
        "Q9",
        "a sub-wallet folded in two writes",
        _fold_in_two_writes,
        "DynamoLedger.commit",
        Histories("L1", Mode.AFTER, frozenset({"payout_steps"})),
        "I4",
    ),
    Bug(
        "Q10",
        "what a seller owes in another wallet is not folded",
        _debt_stays_where_it_is,
        "wallet_folding.wants_fold",
        Histories("L2", Mode.AFTER, frozenset({"payout_steps"})),
        "I14",
    ),
)
