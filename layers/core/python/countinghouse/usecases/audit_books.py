"""Count the books a second way: journals against wallets, and every row for soundness."""

from collections.abc import Iterator

from countinghouse.domain.ledger import Journal
from countinghouse.domain.trial_balance import Finding, audit, fold_journals, fold_wallets
from countinghouse.domain.wallet import Wallet
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import BalanceBook, JournalScan, WalletScan


def audit_books(
    wallets: WalletScan, journals: JournalScan, balances: BalanceBook, clock: Clock
) -> tuple[Finding, ...]:
    """Everything wrong between wallets and journals, each reported once.

    Journals are read before wallets, so a booking made in between shows as wallets ahead; a second
    look that no longer finds it clears it. Only what both looks find is reported.
    """
    first = {finding.finding_id: finding for finding in _look(wallets, journals, clock)}
    if not first:
        return ()
    second = {finding.finding_id for finding in _look(wallets, journals, clock)}
    confirmed = tuple(f for f in first.values() if f.finding_id in second)
    for finding in confirmed:
        balances.report(finding)
    return confirmed


def _look(wallets: WalletScan, journals: JournalScan, clock: Clock) -> tuple[Finding, ...]:
    now = clock.now()
    unsound: list[str] = []
    booked = fold_journals(_sound_journals(journals, unsound), now)
    held = fold_wallets(_sound_wallets(wallets, unsound), now)
    return audit(held, booked, unsound, now)


def _sound_journals(scan: JournalScan, unsound: list[str]) -> Iterator[Journal]:
    for row in scan.all_journals():
        if isinstance(row, Journal):
            yield row
        else:
            unsound.append(row)


def _sound_wallets(scan: WalletScan, unsound: list[str]) -> Iterator[Wallet]:
    for row in scan.all_wallets():
        if isinstance(row, Wallet):
            if row.total != 0:
                unsound.append(f"wallet {row.address.group} sums to {row.total}")
            yield row
        else:
            unsound.append(row)
