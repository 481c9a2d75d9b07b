"""Count the books a second way: journals against wallets, and every row for soundness."""

from countinghouse.domain.finding import Finding
from countinghouse.domain.trial_balance import Sieve, compare, fold_journals, fold_wallets
from countinghouse.ports.audit import FindingBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import JournalScan, WalletScan


def audit_books(
    wallets: WalletScan, journals: JournalScan, findings: FindingBook, clock: Clock
) -> tuple[Finding, ...]:
    """Everything wrong between wallets and journals, each reported once with what it stops.

    Journals are read before wallets, so a booking made in between shows as wallets ahead; a second
    look that no longer finds it clears it. Only what both looks find is reported.
    """
    first = {finding.finding_id: finding for finding in _look(wallets, journals, clock)}
    if not first:
        return ()
    second = {finding.finding_id for finding in _look(wallets, journals, clock)}
    confirmed = tuple(f for f in first.values() if f.finding_id in second)
    for finding in confirmed:
        findings.report(finding)
    return confirmed


def _look(wallets: WalletScan, journals: JournalScan, clock: Clock) -> tuple[Finding, ...]:
    now = clock.now()
    sieve = Sieve(now)
    booked = fold_journals(sieve.journals(journals.all_journals()), now)
    held = fold_wallets(sieve.wallets(wallets.all_wallets()), now)
    return (*sieve.findings, *compare(held, booked, now))
