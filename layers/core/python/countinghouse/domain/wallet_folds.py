"""Folding a large seller's sub-wallets: what is available and owed there moves into the first.

fold_out   in the sub-wallet   seller_available          seller_receivable, inter_wallet
fold_in    in the first        inter_wallet              seller_receivable, then seller_available

Two journals in one transaction, since a journal stands in one wallet of a seller. Each is named
after the sub-wallet's version, so that a repeat finds the version gone and nothing to fold. What
is owed beyond what is available there is met from the first wallet as any claim, else owed there.
"""

from __future__ import annotations

from countinghouse.domain.accounts import Account
from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import Journal, JournalKey, journal_key
from countinghouse.domain.purse import Purse
from countinghouse.domain.wallet import Wallet, WalletAddress

FOLD_OUT = "fold_out"
FOLD_IN = "fold_in"
_BETWEEN = Account("inter_wallet")
_SELLER = "seller:"


def fold_reference(address: WalletAddress) -> str:
    """What the journals that fold a sub-wallet are booked for."""
    return f"fold:{address.group}"


def fold_key(address: WalletAddress, kind: str, sequence: int) -> JournalKey:
    """Where a fold's journal stands; `sequence` is the sub-wallet's before it."""
    return journal_key(fold_reference(address), kind, str(sequence))


def wants_fold(wallet: Wallet) -> bool:
    """Whether a wallet is a sub-wallet that holds what a payout has to know of."""
    if not wallet.address.shard:
        return False
    purse = _purse(wallet)
    return any(purse.holds(account) for account in _accounts(purse))


def fold_journals(wallet: Wallet, first: Wallet, cause: str, now: Instant) -> tuple[Journal, ...]:
    """The journals that fold `wallet` into `first`, drawn up against both; none if it is empty."""
    if not wants_fold(wallet):
        return ()
    out, into = _purse(wallet), _purse(first)
    available, debt = _accounts(out)
    held, owed = out.holds(available), out.holds(debt)
    out.debit(available, held)
    out.credit(debt, owed)
    out.credit(_BETWEEN, held - owed)
    into.debit(_BETWEEN, held - owed)
    if held >= owed:
        into.give(held - owed)
    else:
        into.take(owed - held)
    sides = ((FOLD_OUT, wallet, out), (FOLD_IN, first, into))
    return tuple(
        Journal(
            key=fold_key(wallet.address, kind, wallet.sequence),
            kind=kind,
            reference=fold_reference(wallet.address),
            legs=legs,
            event_at=now,
            created_at=now,
            cause=cause,
            wallet_shard=side.address.shard,
        )
        for kind, side, purse in sides
        # Where as much is owed as is available, nothing passes between the two.
        if (legs := purse.legs())
    )


def _purse(wallet: Wallet) -> Purse:
    return Purse(wallet, wallet.address.owner.removeprefix(_SELLER))


def _accounts(purse: Purse) -> tuple[Account, Account]:
    return purse.account("seller_available"), purse.account("seller_receivable")
