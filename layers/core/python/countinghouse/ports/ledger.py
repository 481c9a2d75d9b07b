"""Where journals and wallets are kept, in one transaction."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from countinghouse.domain.finding import DamagedRow
from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import Journal, JournalKey
from countinghouse.domain.posting import Claim, Posting
from countinghouse.domain.trial_balance import TrialBalance
from countinghouse.domain.wallet import Wallet, WalletAddress


class Journals(Protocol):
    """The journals, for reading."""

    def posted(self, keys: Iterable[JournalKey]) -> frozenset[JournalKey]:
        """Which of these journals exist."""
        ...

    def journal(self, key: JournalKey) -> Journal | None:
        """One journal, or None."""
        ...

    def journals(self, reference: str) -> list[Journal]:
        """Every journal of one reference, oldest first."""
        ...

    def places(self, keys: Iterable[JournalKey], address: WalletAddress) -> Mapping[str, int]:
        """Where those of the journals that exist stand in a wallet's chain, by ledger id."""
        ...


class Ledger(Protocol):
    """The journals and the wallets they move."""

    def commit(self, posting: Posting) -> tuple[Journal, ...]:
        """Write journals and wallets in one transaction, or nothing.

        Returns the journals as they stand there now: each names the code that booked it. Raises
        AlreadyPosted when journals are there already, Conflict when a wallet has moved or the claim
        is taken.
        """
        ...

    def wallets(self, addresses: Iterable[WalletAddress]) -> Mapping[WalletAddress, Wallet]:
        """The wallets as they are now; one that was never written is empty."""
        ...

    def claim(self, scope: str) -> Claim | None:
        """The journal that an idempotency key is bound to, if any."""
        ...

    def wallets_of(self, owner: str) -> list[Wallet]:
        """Every wallet of one owner."""
        ...

    def entries(self, address: WalletAddress, after: str | None, limit: int) -> list[Journal]:
        """A wallet's journals, newest first, from the one before `after` on.

        Raises Invalid when `after` is no journal of this wallet.
        """
        ...


class WalletScan(Protocol):
    """Every wallet, for whoever adds them all up."""

    def all_wallets(self) -> Iterator[Wallet | DamagedRow]:
        """Every wallet; a row that is not sound comes by its name."""
        ...


class JournalScan(Protocol):
    """Every journal, for the audit."""

    def all_journals(self) -> Iterator[Journal | DamagedRow]:
        """Every journal; a row that is not sound comes by its name."""
        ...


class BalanceBook(Protocol):
    """Where the last trial balance is kept."""

    def latest(self) -> TrialBalance | None:
        """The newest trial balance, or None before the first."""
        ...

    def save(self, balance: TrialBalance) -> None:
        """Keep a trial balance unless a newer one is there."""
        ...


class DueWallets(Protocol):
    """The wallets that hold a reserve which is free by now."""

    def due_wallets(self, now: Instant, limit: int) -> list[WalletAddress]:
        """Their addresses, at most `limit` (read from an index: may lag)."""
        ...
