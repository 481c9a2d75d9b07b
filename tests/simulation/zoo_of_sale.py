"""Planted bugs of what follows a capture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from countinghouse.domain import order_disputes, order_journals
from countinghouse.domain.booking import BookingKind
from countinghouse.domain.errors import Conflict
from countinghouse.domain.ledger import journal_key
from countinghouse.domain.order import Order
from countinghouse.domain.posting import plan_posting
from countinghouse.domain.posting_rules import POSTING_RULES
from countinghouse.domain.psp import RefundFact, SettlementKind
from countinghouse.domain.purse import Purse
from countinghouse.domain.refund import Refund
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Ledger
from countinghouse.usecases import release_reserves, tend_order
from countinghouse_aws.dynamodb.orders import DynamoOrderBook
from countinghouse_aws.psp.sandbox_refunds import SandboxRefunds
from functions.posting import handler as posting
from tests.simulation.bug import Bug, Histories, blind_journal, blind_update
from tests.simulation.faults import Mode

AFTERCARE = frozenset({"order_aftercare"})


def _fresh_key() -> AbstractContextManager[Any]:
    send = SandboxRefunds.refund
    sends = iter(range(1_000_000))

    def with_fresh_key(self: SandboxRefunds, order: Order, refund: Refund) -> RefundFact:
        fact = send(self, order, replace(refund, key=f"{refund.key}:{next(sends)}"))
        return replace(fact, key=refund.key)

    return patch.object(SandboxRefunds, "refund", with_fresh_key)


def _timeout_is_refusal() -> AbstractContextManager[Any]:
    send = SandboxRefunds.refund

    def refused(self: SandboxRefunds, order: Order, refund: Refund) -> RefundFact:
        fact = send(self, order, refund)
        if fact.kind is not SettlementKind.UNKNOWN:
            return fact
        return replace(fact, kind=SettlementKind.FAILED, failure="timeout")

    return patch.object(SandboxRefunds, "refund", refused)


def _guard_outside_of_the_write() -> AbstractContextManager[Any]:
    replace_order = DynamoOrderBook.replace

    def appended(self: DynamoOrderBook, old: Order, new: Order) -> None:
        """Whatever the order became since the guard looked at it, the refund is added to it."""
        added = new.refunds[len(old.refunds) :]
        now = self.get(old.order_id)
        if not added or now is None or now.version == old.version:
            replace_order(self, old, new)
            return
        moved = replace(
            added[0],
            key=f"{old.order_id}:refund:{len(now.refunds) + 1}",
            booking=len(now.bookings),
        )
        bookings = (*now.bookings, *new.bookings[len(old.bookings) :])
        merged = now.changed(
            new.updated_at, refunds=(*now.refunds, moved), bookings=bookings, due_at=new.due_at
        )
        replace_order(self, now, merged)

    return patch.object(DynamoOrderBook, "replace", appended)


def _sign_flip() -> AbstractContextManager[Any]:
    def paid(purse: Purse, order: Order, booking: Any) -> None:
        rules[BookingKind.REFUND_PAID](purse, order, booking)
        purse._moved = {account: -minor for account, minor in purse._moved.items()}

    rules = POSTING_RULES
    flipped = {**rules, BookingKind.REFUND_PAID: paid}
    return patch.object(order_journals, "POSTING_RULES", flipped)


def _hold_is_kept() -> AbstractContextManager[Any]:
    return patch.object(order_disputes, "_closing", lambda *_: [])


@contextmanager
def _released_twice() -> Iterator[None]:
    """What to release is decided once, and booked on whatever the wallet has become."""
    keys = iter(range(1_000_000))

    def release(address: WalletAddress, ledger: Ledger, clock: Clock) -> int:
        wallet = ledger.wallets([address])[address]
        tranche = release_reserves._first_free(wallet, clock.now())
        if tranche is None:
            return 0
        journal = release_reserves._release(wallet, tranche, clock.now())
        while True:
            key = journal_key(journal.reference, journal.kind, str(next(keys)))
            plan = plan_posting([replace(journal, key=key)], {address: wallet})
            try:
                ledger.commit(plan.posting)
            except Conflict:
                wallet = ledger.wallets([address])[address]
            else:
                return 1

    post = Wallet.post

    def without_floor(self: Wallet, journal: Any, legs: Any) -> Wallet:
        legs = list(legs)
        rich = {leg.account.name: -(10**9) for leg in legs}
        raised = replace(
            self,
            balances={
                n: self.balances.get(n, 0) + rich.get(n, 0) for n in {**self.balances, **rich}
            },
        )
        after = post(raised, journal, legs)
        kept = {n: m - rich.get(n, 0) for n, m in after.balances.items()}
        return replace(after, balances={n: m for n, m in kept.items() if m})

    with ExitStack() as stack:
        stack.enter_context(patch.object(posting, "release_reserves", release))
        stack.enter_context(patch.object(Wallet, "post", without_floor))
        yield


def _psp_before_ledger() -> AbstractContextManager[Any]:
    wants_step = tend_order._wants_step

    def at_once(order: Order, refund: Refund, now: int) -> bool:
        return wants_step(replace(order, booked=len(order.bookings)), refund, now)

    return patch.object(tend_order, "_wants_step", at_once)


def _late_refusal_counts() -> AbstractContextManager[Any]:
    send = SandboxRefunds.refund

    def as_if_named(self: SandboxRefunds, order: Order, refund: Refund) -> RefundFact:
        fact = send(self, order, refund)
        is_refusal = fact.kind is SettlementKind.FAILED and fact.psp_reference is None
        return replace(fact, psp_reference="re_none") if is_refusal else fact

    return patch.object(SandboxRefunds, "refund", as_if_named)


SALE_ZOO = (
    Bug(
        "Z7",
        "the refund's guard outside of its write",
        _guard_outside_of_the_write,
        "DynamoOrderBook.replace",
        Histories("A8", Mode.RACE),
        "I8",
    ),
    Bug(
        "Z9",
        "a posting rule with its sign flipped",
        _sign_flip,
        "posting_rules: refund_paid",
        Histories("A4", Mode.BEFORE),
        "I4",
    ),
    Bug(
        "R1",
        "a fresh PSP key each time a refund is sent",
        _fresh_key,
        "SandboxRefunds.refund",
        Histories("A4", Mode.AFTER),
        "I6",
    ),
    Bug(
        "R4",
        "a refund's time-out taken for a refusal",
        _timeout_is_refusal,
        "SandboxRefunds.refund",
        Histories("A4", Mode.LOST, AFTERCARE),
        "I4",
    ),
    Bug(
        "R7",
        "a refund written without its condition",
        blind_update,
        "Table.update_if_same",
        Histories("A8", Mode.RACE),
        "I10",
    ),
    Bug(
        "R8",
        "a mirror journal put unconditionally",
        blind_journal,
        "DynamoLedger._put_journal",
        Histories("A5", Mode.STALL, frozenset({"posting"})),
        "I2",
    ),
    Bug(
        "R10",
        "a dispute's hold that is not released",
        _hold_is_kept,
        "order_disputes._closing",
        Histories("A9", Mode.BEFORE),
        "I15",
    ),
    Bug(
        "R11",
        "a reserve released twice",
        _released_twice,
        "release_reserves, Wallet.post",
        Histories("A13", Mode.STALL),
        "I16",
    ),
    Bug(
        "R12",
        "the PSP asked to refund before the ledger knows",
        _psp_before_ledger,
        "tend_order._wants_step",
        Histories("A4", Mode.STALL),
        "I6",
    ),
    Bug(
        "R13",
        "a refusal that comes late undoes what was sent since",
        _late_refusal_counts,
        "SandboxRefunds.refund",
        Histories("A24", Mode.STALL, AFTERCARE),
        "I4",
    ),
)
