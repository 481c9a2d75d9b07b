"""Fold a large seller's sub-wallets before money leaves: one transaction a sub-wallet.

The two wallets of a fold move together or not at all, so that money is never between them. Whoever
dies in the middle leaves some folded and the rest as it was, and a repeat goes on.
"""

from countinghouse.domain.errors import Conflict
from countinghouse.domain.posting import plan_posting
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.domain.wallet_folds import fold_journals, wants_fold
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Ledger

RACES_MAX = 8


def fold_sub_wallets(first: WalletAddress, cause: str, ledger: Ledger, clock: Clock) -> Wallet:
    """A seller's first wallet of a currency, with what the others held and owed folded into it.

    Each is folded once: what is booked on it meanwhile is as if it came after the payout. A seller
    with one wallet costs the one read. Raises Conflict when a wallet kept moving under us.
    """
    wallets = ledger.wallets_of(first.owner)
    wallet = next((one for one in wallets if one.address == first), Wallet(first))
    for other in sorted(one.address for one in wallets if wants_fold(one)):
        if other.currency == first.currency:
            wallet = _fold(other, first, cause, ledger, clock)
    return wallet


def _fold(
    other: WalletAddress, first: WalletAddress, cause: str, ledger: Ledger, clock: Clock
) -> Wallet:
    """The first wallet after the fold. It is folded by now if somebody else was faster."""
    for _ in range(RACES_MAX):
        wallets = ledger.wallets((other, first))
        journals = fold_journals(wallets[other], wallets[first], cause, clock.now())
        posting = plan_posting(journals, wallets).posting
        if not posting.journals:
            return wallets[first]
        try:
            ledger.commit(posting)
        except Conflict:
            continue
        moved = {new.address: new for _, new in posting.wallets}
        return moved.get(first, wallets[first])
    raise Conflict(f"wallet {other.group} kept moving while it was folded")
