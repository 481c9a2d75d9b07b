"""Release what was held back of a seller's money and is free by now."""

from countinghouse.domain.accounts import Account
from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import Instant, start_of_day
from countinghouse.domain.ledger import Journal, journal_key
from countinghouse.domain.posting import plan_posting
from countinghouse.domain.purse import Purse
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Ledger

RESERVE_RELEASE = "reserve_release"
STEPS_MAX = 60
"""Tranches and lost races in one go; a wallet still due comes again with the next sweep."""


def release_reserves(address: WalletAddress, ledger: Ledger, clock: Clock) -> int:
    """Book the release of every tranche that is free; returns how many there were.

    A repeat finds the tranche empty. What is left after
    too many lost races is still due.
    """
    released = 0
    for _ in range(STEPS_MAX):
        wallet = ledger.wallets([address])[address]
        now = clock.now()
        tranche = _first_free(wallet, now)
        if tranche is None:
            return released
        journal = _release(wallet, tranche, now)
        try:
            ledger.commit(plan_posting([journal], {address: wallet}).posting)
        except Conflict:
            continue
        released += 1
    return released


def _first_free(wallet: Wallet, now: Instant) -> Account | None:
    purse = Purse(wallet, _seller_of(wallet))
    free = (t for t in purse.tranches() if start_of_day(t.tranche) <= now)
    return next(free, None)


def _release(wallet: Wallet, tranche: Account, now: Instant) -> Journal:
    """The journal; its id holds the wallet's version, so that it fits this wallet only."""
    purse = Purse(wallet, _seller_of(wallet))
    held = purse.holds(tranche)
    purse.debit(tranche, held)
    purse.give(held)
    reference = f"reserve:{wallet.address.owner}"
    sequence = f"{wallet.address.wallet_id}:{wallet.sequence}"
    return Journal(
        key=journal_key(reference, RESERVE_RELEASE, sequence),
        kind=RESERVE_RELEASE,
        reference=reference,
        legs=purse.legs(),
        event_at=start_of_day(tranche.tranche),
        created_at=now,
        cause=f"reserve until {tranche.tranche}",
        wallet_shard=wallet.address.shard,
    )


def _seller_of(wallet: Wallet) -> str:
    return wallet.address.owner.partition(":")[2]
