"""Where a seller is paid, one bank account a currency, and the place of the one open payout."""

from __future__ import annotations

from dataclasses import dataclass, replace

from countinghouse.domain.instants import Instant


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A bank account as the PSP knows it; nothing of its number but the end."""

    bank_account: str
    currency: str
    last4: str


@dataclass(frozen=True, slots=True)
class PayoutAccount:
    """A seller's bank account in one currency; nothing is paid to it before `usable_from`.

    `open_payout` is the payout under way, so that there is at most one; `left_over_minor` is what
    the newest one that was reserved had left available.
    """

    seller_id: str
    currency: str
    psp: str
    bank_account: str
    last4: str
    usable_from: Instant
    changed_by: str
    changed_at: Instant
    previous: str | None = None
    open_payout: str | None = None
    left_over_minor: int = 0
    version: int = 1

    def changed(self, **changes: object) -> PayoutAccount:
        """This account with other fields, one version on."""
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]


def first_account(
    seller_id: str, psp: str, found: BankAccount, changed_by: str, now: Instant
) -> PayoutAccount:
    """A seller's first account in a currency: usable at once, for there was none to hijack."""
    return PayoutAccount(
        seller_id=seller_id,
        currency=found.currency,
        psp=psp,
        bank_account=found.bank_account,
        last4=found.last4,
        usable_from=now,
        changed_by=changed_by,
        changed_at=now,
    )


def change_account(
    account: PayoutAccount, found: BankAccount, changed_by: str, now: Instant, cool_off: int
) -> PayoutAccount:
    """The seller paid elsewhere from now on, after a time in which a theft can be noticed.

    The account that is set already returns the same object.
    """
    if found.bank_account == account.bank_account:
        return account
    return account.changed(
        bank_account=found.bank_account,
        last4=found.last4,
        previous=account.bank_account,
        usable_from=now + cool_off,
        changed_by=changed_by,
        changed_at=now,
    )
