"""A buyer's wallet by another name: the books never learn whose it is.

A journal is never altered, so what it is booked on must not be the shop's id of a person. The
account is named by a pseudonym, `buyer_wallet:bw_0f3c...`, and one row elsewhere says whose it is.
Without that row nobody can tell (GDPR, recital 26: information that relates to nobody who can be
identified is no personal data).
"""

from __future__ import annotations

from countinghouse.domain.accounts import Account, Owner

BUYER_WALLET = "buyer_wallet"
PREFIX = "bw_"
"""What a pseudonym begins with; what follows is random and has nothing of the user in it."""


def wallet_account(wallet_id: str) -> Account:
    """The account behind a buyer's wallet."""
    return Account(BUYER_WALLET, wallet_id)


def owner_of(wallet_id: str) -> str:
    """Whose wallet rows these are: `buyer:bw_...`."""
    return f"{Owner.BUYER}:{wallet_id}"


def wallet_of_owner(owner: str) -> str | None:
    """The wallet id of a buyer's wallet rows; None for a seller's or the platform's."""
    kind, _, wallet_id = owner.partition(":")
    return wallet_id if kind == Owner.BUYER else None
