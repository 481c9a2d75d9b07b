"""Fold the trial balance from the wallets, and keep it."""

from countinghouse.domain.trial_balance import TrialBalance, fold_wallets
from countinghouse.domain.wallet import Wallet
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import BalanceBook, WalletScan


def take_trial_balance(scan: WalletScan, balances: BalanceBook, clock: Clock) -> TrialBalance:
    """The trial balance as of now. Each wallet sums to zero, so the scan needs no snapshot."""
    now = clock.now()
    wallets = (wallet for wallet in scan.all_wallets() if isinstance(wallet, Wallet))
    balance = fold_wallets(wallets, now)
    balances.save(balance)
    return balance
