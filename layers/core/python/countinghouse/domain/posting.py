"""From states and requests to journals, and from journals to one commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType
from typing import Protocol

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
from countinghouse.domain.wallet import Link, Wallet, WalletAddress, wallet_parts
from countinghouse.records import dataclass

GROUP_MAX = 10
"""Journals committed together: one FIFO batch; far under DynamoDB's 100 items a transaction."""

ADJUSTMENT = "adjustment"
_INTERNAL = "inter_wallet"
_NOTHING_BOOKED: Mapping[JournalKey, Journal] = MappingProxyType({})


class AlreadyPosted(Conflict):
    """Some of the journals are booked already; `ledger_ids` names them."""

    def __init__(self, ledger_ids: frozenset[str]) -> None:
        super().__init__(f"already booked: {sorted(ledger_ids)}")
        self.ledger_ids = ledger_ids


class Draft(Protocol):
    """A journal to be: its id is fixed, its legs depend on the wallets when it is booked."""

    @property
    def key(self) -> JournalKey:
        """The journal's key."""
        ...

    @property
    def reference(self) -> str:
        """What it is booked for; the drafts of one reference are booked in their order or not."""
        ...

    @property
    def addresses(self) -> tuple[WalletAddress, ...]:
        """Every wallet it may move."""
        ...

    @property
    def original(self) -> JournalKey | None:
        """The journal that this one undoes, if it is of that kind."""
        ...

    def drawn(
        self, wallets: Mapping[WalletAddress, Wallet], booked: Mapping[JournalKey, Journal]
    ) -> Journal:
        """The journal, drawn up against the wallets as they are and the journals it may undo.

        Raises InsufficientFunds when a wallet does not allow it.
        """
        ...


Bookable = Journal | Draft


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


def adjustment_journal(
    request: AdjustmentRequest, now: Instant, approver: str | None = None
) -> Journal:
    """The journal of a manual booking; its id comes from the actor's idempotency key.

    Its cause names the actor and, above the limit, who approved it. Raises Invalid when account and
    counter account are the same, or one is the system's own.
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
    agreed = f", approved by {approver}" if approver else ""
    return Journal(
        key=journal_key(request.reference, ADJUSTMENT, sequence),
        kind=ADJUSTMENT,
        reference=request.reference,
        legs=legs,
        event_at=now,
        created_at=now,
        cause=f"{request.actor}{agreed}: {request.reason}",
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """A caller's idempotency key, bound for ever to the journal written with it, or proposed.

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


def stamped(posting: Posting, code_version: str | None) -> Posting:
    """The posting whose journals name the version of the code that books them."""
    journals = tuple(
        replace(linked, journal=replace(linked.journal, code_version=code_version))
        for linked in posting.journals
    )
    return replace(posting, journals=journals)


@dataclass(frozen=True, slots=True)
class Plan:
    """A posting, and the journals that a wallet's floor refused."""

    posting: Posting
    refused: Mapping[str, InsufficientFunds] = field(default_factory=dict)


def addresses_of(bookables: Iterable[Bookable]) -> tuple[WalletAddress, ...]:
    """Every wallet that these journals and drafts touch, each once, in a fixed order."""
    found: set[WalletAddress] = set()
    for bookable in bookables:
        found.update(
            wallet_parts(bookable) if isinstance(bookable, Journal) else bookable.addresses
        )
    return tuple(sorted(found))


def plan_posting(
    bookables: Sequence[Bookable],
    wallets: Mapping[WalletAddress, Wallet],
    claim: Claim | None = None,
    booked: Mapping[JournalKey, Journal] = _NOTHING_BOOKED,
) -> Plan:
    """Journals laid one after another over the wallets as they are now.

    One that would take a wallet below zero is refused, with what follows it for the same reference;
    the others go on. `booked` are journals that drafts may undo.
    """
    state = dict(wallets)
    known = dict(booked)
    linked: list[LinkedJournal] = []
    refused: dict[str, InsufficientFunds] = {}
    stopped: dict[str, InsufficientFunds] = {}
    for bookable in bookables:
        try:
            if bookable.reference in stopped:
                raise stopped[bookable.reference]
            journal = bookable if isinstance(bookable, Journal) else bookable.drawn(state, known)
            moved = {
                address: state[address].post(journal, legs)
                for address, legs in wallet_parts(journal).items()
            }
        except InsufficientFunds as refusal:
            refused[bookable.key.ledger_id] = refusal
            if not isinstance(bookable, Journal):
                stopped[bookable.reference] = refusal
            continue
        links = {a: Link(w.sequence, state[a].head, w.chain) for a, w in moved.items()}
        linked.append(LinkedJournal(journal, links))
        known[journal.key] = journal
        state.update(moved)
    changed = tuple(
        (wallets[address], wallet)
        for address, wallet in state.items()
        if wallet is not wallets[address]
    )
    return Plan(Posting(tuple(linked), changed, claim), refused)


SELLER_ADJUSTMENT = Account("adjustments")


def seller_available(seller_id: str) -> Account:
    """The account behind a seller's available balance."""
    if not seller_id:
        raise Invalid("a seller has an id", field="seller_id")
    return Account(f"{Owner.SELLER}_available", seller_id)
