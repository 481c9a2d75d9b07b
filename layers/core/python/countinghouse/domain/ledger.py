"""Journals: immutable, and impossible to make unbalanced.

A journal's legs sum to zero per currency or the object cannot be built; the same check runs when
one is read back. Its id is derived from what it books, so that booking the same thing twice is
the same row (domain rules L4), and holds both halves of its storage key, so that a reference's
journals are found without an index.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum

from countinghouse.domain.accounts import Account
from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import Instant
from countinghouse.domain.money import Money
from countinghouse.records import dataclass

_BOOK_LENGTH = 24
_ENTRY_LENGTH = 16
_PREFIX = "jrn_"
LEGS_MAX = 400
"""Bound on one journal's legs: a dispute may need every tranche of a year's reserve, one a day."""


class TransactType(StrEnum):
    """The side of a leg, under the name the API gives it."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of a journal: a signed amount on one account, debit positive."""

    account: Account
    amount: Money

    def __post_init__(self) -> None:
        if self.amount.minor == 0:
            raise Invalid("a leg moves at least one minor unit", field="amount")

    @property
    def transact_type(self) -> TransactType:
        """The side this leg stands on."""
        return TransactType.DEBIT if self.amount.minor > 0 else TransactType.CREDIT


def debit(account: Account, amount: Money) -> Leg:
    """A debit of a positive amount. Raises Invalid when it is not positive."""
    return Leg(account, _positive(amount))


def credit(account: Account, amount: Money) -> Leg:
    """A credit of a positive amount. Raises Invalid when it is not positive."""
    return Leg(account, -_positive(amount))


def _positive(amount: Money) -> Money:
    if amount.minor <= 0:
        raise Invalid("a leg's amount is above zero; the side says the direction", field="amount")
    return amount


@dataclass(frozen=True, slots=True, order=True)
class JournalKey:
    """Where a journal stands: `book` from its reference, `entry` from its kind and sequence."""

    book: str
    entry: str

    @property
    def ledger_id(self) -> str:
        """The journal's public id, which decodes back into this key."""
        return f"{_PREFIX}{self.book}{self.entry}"


def book_of(reference: str) -> str:
    """The partition that holds every journal of one reference."""
    return hashlib.sha256(f"book|{reference}".encode()).hexdigest()[:_BOOK_LENGTH]


def journal_key(reference: str, kind: str, sequence: str = "0") -> JournalKey:
    """The key of the journal that books `kind` for `reference`; `sequence` tells repeats apart."""
    entry = hashlib.sha256(f"entry|{reference}|{kind}|{sequence}".encode()).hexdigest()
    return JournalKey(book_of(reference), entry[:_ENTRY_LENGTH])


def parse_ledger_id(ledger_id: str) -> JournalKey:
    """The storage key inside a public id. Raises Invalid when it is not one of ours."""
    body = ledger_id.removeprefix(_PREFIX)
    if len(body) != _BOOK_LENGTH + _ENTRY_LENGTH or body == ledger_id:
        raise Invalid("that is not a journal id", field="ledger_id")
    return JournalKey(body[:_BOOK_LENGTH], body[_BOOK_LENGTH:])


@dataclass(frozen=True, slots=True)
class Journal:
    """A balanced, immutable booking.

    `event_at` is when the fact happened (the PSP's time), `created_at` when we booked it (rule L7).
    `cause` names who or what asked for it. `wallet_shard` says which sub-wallet of a large seller
    carries it, `home` whose wallet when no leg is a wallet owner's. `psp_reference` is the PSP's id
    of what is booked, `code_version` the code that booked it, once it is stored; they name the fact
    and are no part of it, so the digest leaves them out. Raises Invalid when the legs do not sum to
    zero in every currency.
    """

    key: JournalKey
    kind: str
    reference: str
    legs: tuple[Leg, ...]
    event_at: Instant
    created_at: Instant
    cause: str
    checkout_id: str | None = None
    wallet_shard: int = 0
    reverses: str | None = None
    home: str | None = None
    psp_reference: str | None = None
    code_version: str | None = None

    def __post_init__(self) -> None:
        if not 2 <= len(self.legs) <= LEGS_MAX:
            raise Invalid(f"a journal has 2 to {LEGS_MAX} legs, not {len(self.legs)}")
        open_sums = {c: s for c, s in totals(self.legs).items() if s}
        if open_sums:
            raise Invalid(
                f"the legs of {self.kind} for {self.reference} do not balance: {open_sums}"
            )

    @property
    def ledger_id(self) -> str:
        """The public id."""
        return self.key.ledger_id

    @property
    def digest(self) -> str:
        """SHA-256 over what was booked: an altered journal has another digest."""
        lines = [
            f"{leg.account.name} {leg.amount.minor} {leg.amount.currency}" for leg in self.legs
        ]
        text = "\n".join([self.ledger_id, self.kind, self.reference, str(self.event_at), *lines])
        return hashlib.sha256(text.encode()).hexdigest()


def totals(legs: Iterable[Leg]) -> dict[str, int]:
    """Sum of the legs per currency, in minor units; all zero when they balance."""
    sums: dict[str, int] = {}
    for leg in legs:
        sums[leg.amount.currency] = sums.get(leg.amount.currency, 0) + leg.amount.minor
    return sums
