"""The trial balance: what every account adds up to, and the proof that it adds up to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from countinghouse.domain.finding import WALLET_UNBALANCED, DamagedRow, Finding, observed
from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import Journal
from countinghouse.domain.wallet import Wallet, control_account
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """Balances by currency and account, minor units, debit positive; `wallets` counts sources."""

    as_of: Instant
    accounts: Mapping[str, Mapping[str, int]]
    wallets: int = 0

    @property
    def totals(self) -> dict[str, int]:
        """Sum per currency; anything but zero is an alarm."""
        return {currency: sum(balances.values()) for currency, balances in self.accounts.items()}


def fold_wallets(wallets: Iterable[Wallet], as_of: Instant) -> TrialBalance:
    """The trial balance that a set of wallets adds up to."""
    accounts: dict[str, dict[str, int]] = {}
    count = 0
    for wallet in wallets:
        count += 1
        currency = accounts.setdefault(wallet.address.currency, {})
        for name, minor in wallet.balances.items():
            line = control_account(name)
            currency[line] = currency.get(line, 0) + minor
    return TrialBalance(as_of, _without_zeroes(accounts), count)


def fold_journals(journals: Iterable[Journal], as_of: Instant) -> TrialBalance:
    """The trial balance that a set of journals adds up to: the independent second count."""
    accounts: dict[str, dict[str, int]] = {}
    for journal in journals:
        for leg in journal.legs:
            currency = accounts.setdefault(leg.amount.currency, {})
            line = control_account(leg.account.name)
            currency[line] = currency.get(line, 0) + leg.amount.minor
    return TrialBalance(as_of, _without_zeroes(accounts))


def _without_zeroes(accounts: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    return {
        currency: {name: minor for name, minor in sorted(balances.items()) if minor}
        for currency, balances in sorted(accounts.items())
    }


NAMED_MAX = 100
"""Unsound rows that one look names each by itself; those beyond are one finding together."""


class Sieve:
    """Lets sound rows pass and makes findings of the others, at most NAMED_MAX of them by name."""

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._found: dict[str, Finding] = {}
        self._beyond = 0

    def journals(self, rows: Iterable[Journal | DamagedRow]) -> Iterator[Journal]:
        """The journals that can be read."""
        for row in rows:
            if isinstance(row, Journal):
                yield row
            else:
                self._note(_unreadable(row, self._now))

    def wallets(self, rows: Iterable[Wallet | DamagedRow]) -> Iterator[Wallet]:
        """The wallets that can be read. One that does not sum to zero passes, and is noted."""
        for row in rows:
            if isinstance(row, DamagedRow):
                self._note(_unreadable(row, self._now))
                continue
            if row.total != 0:
                self._note(unbalanced(row, self._now))
            yield row

    def _note(self, finding: Finding) -> None:
        if len(self._found) < NAMED_MAX:
            self._found[finding.subject] = finding
        else:
            self._beyond += 1

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noted so far."""
        if not self._beyond:
            return tuple(self._found.values())
        text = f"{self._beyond} rows more are unsound"
        return (*self._found.values(), Finding(f"unsound:{text}", "unsound", text, self._now))


def _unreadable(row: DamagedRow, now: Instant) -> Finding:
    return Finding(f"unsound:{row.name}", "unsound", row.name, now, row.currencies)


def unbalanced(wallet: Wallet, now: Instant) -> Finding:
    """The finding about a wallet that does not sum to zero, the same from whoever sees it."""
    group = wallet.address.group
    text = f"wallet {group} sums to {wallet.total}"
    return observed(WALLET_UNBALANCED, group, text, now, [wallet.address.currency])


def off_balance(balance: TrialBalance) -> list[Finding]:
    """A finding for each currency of a trial balance that does not sum to zero."""
    findings = []
    for currency, total in sorted(balance.totals.items()):
        if total:
            key, text = f"total:{currency}:{total}", f"{currency} sums to {total}"
            findings.append(Finding(key, "trial_balance", text, balance.as_of, (currency,)))
    return findings


def compare(wallets: TrialBalance, journals: TrialBalance, now: Instant) -> tuple[Finding, ...]:
    """Everything that is wrong in either count and between the two; empty when they agree."""
    found = {one.subject: one for one in (*off_balance(wallets), *off_balance(journals))}
    findings = list(found.values())
    currencies = {*wallets.accounts, *journals.accounts}
    for currency in sorted(currencies):
        left, right = wallets.accounts.get(currency, {}), journals.accounts.get(currency, {})
        for name in sorted({*left, *right}):
            held, booked = left.get(name, 0), right.get(name, 0)
            if held != booked:
                text = f"{name} {currency}: wallets {held}, journals {booked}"
                key = f"differs:{currency}:{name}:{held}:{booked}"
                code = "wallet_differs_from_journals"
                findings.append(Finding(key, code, text, now, (currency,)))
    return tuple(findings)
