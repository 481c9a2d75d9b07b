"""Where payouts and sellers' bank accounts are kept, who pays them out, and who walks them through.

Every write is conditional on versions. What belongs together is committed together: a payout with
its journals and the wallet they move, and with the account whose one place it takes or frees.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from countinghouse.domain.payout import Payout, PayoutStatus
from countinghouse.domain.payout_account import BankAccount, PayoutAccount
from countinghouse.domain.posting import Posting
from countinghouse.domain.psp import PayoutFact
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class PayoutChange:
    """What is committed in one transaction: a payout, its journals, its seller's account."""

    old: Payout
    new: Payout
    account: tuple[PayoutAccount, PayoutAccount] | None = None
    posting: Posting | None = None


@dataclass(frozen=True, slots=True)
class PayoutQuery:
    """Which payouts: a seller's, or (without a seller) those that are not at rest."""

    seller_id: str | None
    status: PayoutStatus | None
    cursor: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class PayoutPage:
    """A page of payouts, newest first, and where the next begins (None at the end)."""

    payouts: tuple[Payout, ...]
    next_cursor: str | None


class PayoutBook(Protocol):
    """The payouts."""

    def get(self, payout_id: str) -> Payout | None:
        """The payout, or None."""
        ...

    def statuses(self, payout_ids: Iterable[str]) -> Mapping[str, PayoutStatus]:
        """Where those of the payouts stand that exist; cheaper than to read the payouts."""
        ...

    def open(self, payout: Payout, account: tuple[PayoutAccount, PayoutAccount]) -> Payout | None:
        """Store a new payout and its account's change together; or return the one that is there.

        Raises Conflict when the account has moved.
        """
        ...

    def commit(self, change: PayoutChange) -> None:
        """Commit a change of a payout with everything that belongs to it. Raises Conflict."""
        ...

    def find(self, query: PayoutQuery) -> PayoutPage:
        """A page of payouts (found through an index: may lag). Raises Invalid for its cursor."""
        ...


class PayoutAccounts(Protocol):
    """Sellers' bank accounts, one a currency."""

    def get(self, seller_id: str, currency: str) -> PayoutAccount | None:
        """The account, or None."""
        ...

    def of_seller(self, seller_id: str) -> list[PayoutAccount]:
        """Every account of a seller, by currency (found through an index: may lag)."""
        ...

    def add(self, account: PayoutAccount) -> PayoutAccount | None:
        """Store a new account; or return the one that is there."""
        ...

    def replace(self, old: PayoutAccount, new: PayoutAccount) -> None:
        """Commit a change. Raises Conflict."""
        ...


class PayoutGateway(Protocol):
    """A PSP, asked to pay money out.

    `pay_out` and `find_payout` never raise for what the PSP or the network did: a time-out is the
    fact UNKNOWN, a connection that never stood is NOT_SENT.
    """

    def pay_out(self, payout: Payout) -> PayoutFact:
        """Send a payout under its own key."""
        ...

    def find_payout(self, payout: Payout) -> PayoutFact:
        """Ask what became of a payout."""
        ...


class BankAccounts(Protocol):
    """A PSP, asked about the bank accounts that it pays to."""

    def find_bank_account(self, bank_account: str) -> BankAccount | None:
        """The bank account, or None when the PSP does not know it. Raises Unavailable."""
        ...


class PayoutDesk(PayoutGateway, BankAccounts, Protocol):
    """A PSP as far as payouts go."""


class PayoutNews(Protocol):
    """The PSPs, asked what has become of a payout that an event names by the PSP's own id only."""

    def payout_of(self, psp: str, psp_reference: str) -> PayoutFact | None:
        """What it has come to; None when the PSP does not know it, or it is not ours.

        Raises Unavailable.
        """
        ...


class Workflows(Protocol):
    """The workflows that walk payouts through."""

    def start(self, payout_id: str, occasion: str) -> None:
        """Start one; a repeat of the same occasion does nothing. Raises Unavailable."""
        ...

    def wake(self, task_token: str, payload: Mapping[str, object]) -> None:
        """Let a waiting one go on; one that waits no more is left alone. Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """One seller and currency of a monthly run."""

    seller_id: str
    currency: str
    period: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Where a run's list was put, and how long it is."""

    bucket: str
    key: str
    count: int


class PayoutRuns(Protocol):
    """The lists of whom a monthly run pays."""

    def save(self, period: str, lines: Sequence[PayoutLine]) -> Manifest:
        """Keep a period's list, in place of an earlier one. Raises Unavailable."""
        ...

    def load(self, period: str) -> list[PayoutLine]:
        """A period's list; empty when there is none. Raises Unavailable."""
        ...
