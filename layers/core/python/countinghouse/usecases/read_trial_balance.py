"""The trial balance for whoever asks: counted now if the books are small, else the last kept."""

from itertools import islice

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.trial_balance import TrialBalance, fold_wallets
from countinghouse.domain.wallet import Wallet
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import BalanceBook, WalletScan

COUNTED_AT_ONCE = 20_000
"""Wallets that one request adds up: about 12 MB of rows, well within its time-out."""


def read_trial_balance(scan: WalletScan, balances: BalanceBook, clock: Clock) -> TrialBalance:
    """The trial balance; `as_of` says whether it was counted now or by the last roll-up.

    Raises Unavailable for large books before their first roll-up.
    """
    now = clock.now()
    rows = (row for row in scan.all_wallets() if isinstance(row, Wallet))
    wallets = list(islice(rows, COUNTED_AT_ONCE + 1))
    if len(wallets) <= COUNTED_AT_ONCE:
        return fold_wallets(wallets, now)
    kept = balances.latest()
    if kept is None:
        raise Unavailable("the books are too large to add up here, and no roll-up was kept yet")
    return kept
