"""Whose wallet a pseudonym stands for, which wallets are closed, and where pseudonyms come from."""

from __future__ import annotations

from typing import Protocol

from countinghouse.domain.instants import Instant
from countinghouse.domain.wallet import Wallet


class Pseudonyms(Protocol):
    """Names that have nothing to do with whom they stand for."""

    def draw(self) -> str:
        """A new wallet id, by chance."""
        ...


class BuyerBook(Protocol):
    """Users and their wallets: the one place that connects the two."""

    def wallet_of(self, user_id: str) -> str | None:
        """The user's wallet id, or None."""
        ...

    def assign(self, user_id: str, wallet_id: str) -> str:
        """Give a user without a wallet this one. Returns the one that the user has then."""
        ...

    def forget(self, user_id: str, wallet_id: str, closed_at: Instant, now: Instant) -> None:
        """Forget that this wallet is the user's, and in time that there was such a user.

        Raises Conflict unless it is, and has been closed since `closed_at`.
        """
        ...


class ClosedWallets(Protocol):
    """Buyers' wallets on which nothing is booked any more: a posting is refused by the ledger."""

    def is_closed(self, wallet_id: str) -> bool:
        """Whether it is closed."""
        ...

    def close(self, wallet_id: str, now: Instant) -> None:
        """Close a wallet, or close it once more."""
        ...

    def reopen(self, wallet_id: str) -> None:
        """Open a wallet; one that is open stays so."""
        ...


class OwnersWallets(Protocol):
    """Wallets, by whose they are."""

    def wallets_of(self, owner: str) -> list[Wallet]:
        """Every wallet of one owner, as they are now."""
        ...
