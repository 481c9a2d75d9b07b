"""From states and requests to journals, and from journals to one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from countinghouse.domain.accounts import Account, Owner
from countinghouse.domain.errors import Conflict, InsufficientFunds, Invalid
from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import (
    Journal,
    JournalKey,
    TransactType,
    credit,
    debit,
    journal_key,
)
from countinghouse.domain.money import Money
from countinghouse.domain.order import CAPTURED_STATUSES, Order
from countinghouse.domain.wallet import Link, Wallet, WalletAddress, wallet_parts

GROUP_MAX = 10
"""Journals committed together: one FIFO batch; far under DynamoDB's 100 items a transaction."""

CAPTURE = "capture"
ADJUSTMENT = "adjustment"
_INTERNAL = "inter_wallet"


class AlreadyPosted(Conflict):
    """Some of the journals are booked already; `ledger_ids` names them."""

    def __init__(self, ledger_ids: frozenset[str]) -> None:
        super().__init__(f"already booked: {sorted(ledger_ids)}")
        self.ledger_ids = ledger_ids


def capture_key(order_id: str) -> JournalKey:
    """Where the journal of an order's capture stands, whether or not it was written."""
    return journal_key(order_id, CAPTURE)


def journals_due(order: Order, now: Instant) -> tuple[Journal, ...]:
    """Every journal that the order's state calls for; booking one twice is a no-op by its id."""
    if order.status not in CAPTURED_STATUSES:
        return ()
    money = Money(order.captured_minor, order.currency)
    legs = (
        debit(Account("psp_receivable", order.payment_info.psp), money),
        credit(Account("seller_pending", order.seller_id), money),
    )
    return (
        Journal(
            key=capture_key(order.order_id),
            kind=CAPTURE,
            reference=order.order_id,
            legs=legs,
            event_at=order.captured_at or order.updated_at,
            created_at=now,
            cause=f"order:{order.order_id}:{order.version}",
            checkout_id=order.checkout_id,
            wallet_shard=order.wallet_shard,
        ),
    )


@dataclass(frozen=True, slots=True)
class AdjustmentRequest:
    """A manual booking: one account, one side, one counter account.

    `idempotency_key` is the key in its scope: the same key on another route books something else.
    """

    account: Account
    amount: Money
    transact_type: TransactType
    counter_account: Account
    reason: str
    reference: str
    actor: str
    idempotency_key: str


def adjustment_journal(request: AdjustmentRequest, now: Instant) -> Journal:
    """The journal of a manual booking; its id comes from the actor's idempotency key.

    Raises Invalid when account and counter account are the same, or one is the system's own.
    """
    if _INTERNAL in (request.account.kind, request.counter_account.kind):
        raise Invalid(f"{_INTERNAL} is moved by the system alone", field="account")
    if request.account == request.counter_account:
        raise Invalid("account and counter account are the same", field="counter_account")
    sides = (debit, credit) if request.transact_type is TransactType.DEBIT else (credit, debit)
    legs = (
        sides[0](request.account, request.amount),
        sides[1](request.counter_account, request.amount),
    )
    sequence = f"{request.actor}|{request.idempotency_key}"
    return Journal(
        key=journal_key(request.reference, ADJUSTMENT, sequence),
        kind=ADJUSTMENT,
        reference=request.reference,
        legs=legs,
        event_at=now,
        created_at=now,
        cause=f"{request.actor}: {request.reason}",
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """A caller's idempotency key, bound for ever to the journal written with it.

    `scope` is caller, route and key; `fingerprint` tells a repeat from another body.
    """

    scope: str
    fingerprint: str
    ledger_id: str


@dataclass(frozen=True, slots=True)
class LinkedJournal:
    """A journal with its place in the chain of every wallet it touches."""

    journal: Journal
    links: Mapping[WalletAddress, Link]


@dataclass(frozen=True, slots=True)
class Posting:
    """What is committed in one transaction: journals and the wallets they move."""

    journals: tuple[LinkedJournal, ...]
    wallets: tuple[tuple[Wallet, Wallet], ...]
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A posting, and the journals that a wallet's floor refused."""

    posting: Posting
    refused: Mapping[str, InsufficientFunds] = field(default_factory=dict)


def addresses_of(journals: Sequence[Journal]) -> tuple[WalletAddress, ...]:
    """Every wallet that the journals touch, each once, in a fixed order."""
    return tuple(sorted({address for journal in journals for address in wallet_parts(journal)}))


def plan_posting(
    journals: Sequence[Journal],
    wallets: Mapping[WalletAddress, Wallet],
    claim: Claim | None = None,
) -> Plan:
    """Journals laid one after another over the wallets as they are now.

    A journal that would take a wallet below zero is refused alone; the others go on.
    """
    state = dict(wallets)
    linked: list[LinkedJournal] = []
    refused: dict[str, InsufficientFunds] = {}
    for journal in journals:
        try:
            moved = {
                address: state[address].post(journal, legs)
                for address, legs in wallet_parts(journal).items()
            }
        except InsufficientFunds as refusal:
            refused[journal.ledger_id] = refusal
            continue
        links = {a: Link(w.sequence, state[a].head, w.chain) for a, w in moved.items()}
        linked.append(LinkedJournal(journal, links))
        state.update(moved)
    changed = tuple(
        (wallets[address], wallet)
        for address, wallet in state.items()
        if wallet is not wallets[address]
    )
    return Plan(Posting(tuple(linked), changed, claim), refused)


def account_for(user_id: str | None, name: str | None) -> Account:
    """The account a ledger request means: a named one, or the buyer wallet of `user_id`.

    Raises Invalid unless exactly one is given.
    """
    if (user_id is None) == (name is None):
        raise Invalid("give either user_id or account", field="account")
    if name is not None:
        kind, _, owner_id = name.partition(":")
        return Account(kind, owner_id)
    return Account("buyer_wallet", user_id or "")


SELLER_ADJUSTMENT = Account("adjustments")


def seller_available(seller_id: str) -> Account:
    """The account behind a seller's available balance."""
    if not seller_id:
        raise Invalid("a seller has an id", field="seller_id")
    return Account(f"{Owner.SELLER}_available", seller_id)
