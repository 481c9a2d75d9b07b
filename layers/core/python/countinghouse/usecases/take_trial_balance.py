"""Fold the trial balance from the wallets, keep it, and report what does not add up."""

from countinghouse.domain.trial_balance import Sieve, TrialBalance, fold_wallets, off_balance
from countinghouse.ports.audit import FindingBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import BalanceBook, WalletScan


def take_trial_balance(
    scan: WalletScan, balances: BalanceBook, findings: FindingBook, clock: Clock
) -> TrialBalance:
    """The trial balance as of now. Each wallet sums to zero, so the scan needs no snapshot.

    For the same reason one look is enough to report a wallet that does not, or cannot be read.
    """
    now = clock.now()
    sieve = Sieve(now)
    balance = fold_wallets(sieve.wallets(scan.all_wallets()), now)
    for finding in (*sieve.findings, *off_balance(balance)):
        findings.report(finding)
    balances.save(balance)
    return balance
