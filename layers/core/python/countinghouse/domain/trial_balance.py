"""The trial balance: what every account adds up to, and the proof that it adds up to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import Journal
from countinghouse.domain.wallet import Wallet, control_account


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


@dataclass(frozen=True, slots=True)
class Finding:
    """Something an audit found wrong; `finding_id` is the same for the same fault."""

    finding_id: str
    code: str
    detail: str
    found_at: Instant


def audit(
    wallets: TrialBalance, journals: TrialBalance, unsound: Iterable[str], now: Instant
) -> tuple[Finding, ...]:
    """Everything that is wrong between wallets and journals; empty when the books are sound.

    `unsound` names wallets whose own balances do not sum to zero and rows that cannot be read.
    """
    findings = [Finding(f"unsound:{name}", "unsound", name, now) for name in unsound]
    sums = {*wallets.totals.items(), *journals.totals.items()}
    for currency, total in sorted(sums):
        if total:
            text = f"{currency} sums to {total}"
            findings.append(Finding(f"total:{currency}:{total}", "trial_balance", text, now))
    currencies = {*wallets.accounts, *journals.accounts}
    for currency in sorted(currencies):
        left, right = wallets.accounts.get(currency, {}), journals.accounts.get(currency, {})
        for name in sorted({*left, *right}):
            held, booked = left.get(name, 0), right.get(name, 0)
            if held != booked:
                text = f"{name} {currency}: wallets {held}, journals {booked}"
                key = f"differs:{currency}:{name}:{held}:{booked}"
                findings.append(Finding(key, "wallet_differs_from_journals", text, now))
    return tuple(findings)
