"""Where a seller is paid, one bank account a currency, and the place of the one open payout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field, replace

from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.instants import Instant
from countinghouse.records import dataclass

NO_ACCOUNT = ""
"""What stands for a bank account that is not set."""

NOBODY = ""
"""Who changed a place that never was an account."""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A bank account as the PSP knows it; nothing of its number but the end.

    `holder` is whose account it is; None where the PSP does not say.
    """

    bank_account: str
    currency: str
    last4: str
    holder: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PayoutAccount:
    """A seller's bank account in one currency; nothing is paid to it before `usable_from`.

    `open_payout` is the payout under way, so that there is at most one; `left_over_minor` is what
    the newest one that was reserved had left available. `holder` is screened before each payout.
    Without a bank account it is the place alone, of a wallet that is paid out in other currencies.
    `foreign_from` is when wallets in other currencies may be paid to it, if later than its own.
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
    holder: str | None = field(default=None, repr=False)
    foreign_from: Instant | None = None

    @property
    def is_set(self) -> bool:
        """Whether there is a bank account, and not the place of the open payout alone."""
        return self.bank_account != NO_ACCOUNT

    @property
    def was_ever_set(self) -> bool:
        """Whether there is a bank account or was one, now erased: the next one cools off."""
        return self.is_set or self.changed_by != NOBODY

    def for_wallet(self, currency: str) -> PayoutAccount:
        """This account as a wallet in `currency` may use it."""
        if currency == self.currency or self.foreign_from is None:
            return self
        return replace(self, usable_from=max(self.usable_from, self.foreign_from))

    def changed(self, **changes: object) -> PayoutAccount:
        """This account with other fields, one version on."""
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]


def bare_place(seller_id: str, currency: str, now: Instant) -> PayoutAccount:
    """The place of the open payout of a wallet in whose currency the seller has no account."""
    return PayoutAccount(
        seller_id=seller_id,
        currency=currency,
        psp="",
        bank_account=NO_ACCOUNT,
        last4="",
        usable_from=now,
        changed_by=NOBODY,
        changed_at=now,
    )


def erase_account(account: PayoutAccount, erased_by: str, now: Instant) -> PayoutAccount:
    """The place without its bank account: no holder, no number, no trace of the one before.

    Returns the same object when there is nothing to erase. Raises IllegalTransition
    (`payout_in_progress`) while its payout is under way.
    """
    if account.open_payout is not None:
        detail = f"payout {account.open_payout} is under way"
        raise IllegalTransition(detail, code="payout_in_progress")
    if not account.is_set:
        return account
    return account.changed(
        psp="",
        bank_account=NO_ACCOUNT,
        last4="",
        previous=None,
        holder=None,
        foreign_from=None,
        changed_by=erased_by,
        changed_at=now,
    )


def set_accounts(accounts: Iterable[PayoutAccount]) -> list[PayoutAccount]:
    """Those that are bank accounts."""
    return [account for account in accounts if account.is_set]


def first_account(
    seller_id: str,
    psp: str,
    found: BankAccount,
    changed_by: str,
    now: Instant,
    foreign_from: Instant | None = None,
) -> PayoutAccount:
    """A seller's first account in a currency: usable at once, for there was none to hijack.

    Was the seller paid elsewhere in other currencies, theirs may come here from `foreign_from` on.
    """
    return PayoutAccount(
        seller_id=seller_id,
        currency=found.currency,
        psp=psp,
        bank_account=found.bank_account,
        last4=found.last4,
        usable_from=now,
        changed_by=changed_by,
        changed_at=now,
        holder=found.holder,
        foreign_from=foreign_from,
    )


def change_account(
    account: PayoutAccount,
    psp: str,
    found: BankAccount,
    changed_by: str,
    now: Instant,
    cool_off: int,
    foreign_from: Instant | None = None,
) -> PayoutAccount:
    """The seller paid elsewhere from now on, after a time in which a theft can be noticed.

    The account that is set already returns the same object. A new name of its holder is noted; it
    moves no money elsewhere, so nothing cools off. Nor does anything where there never was one; in
    place of one that was erased it does, or erasing would be the way round it.
    """
    if (psp, found.bank_account) == (account.psp, account.bank_account):
        same = found.holder in (None, account.holder)
        return account if same else account.changed(holder=found.holder)
    return account.changed(
        psp=psp,
        bank_account=found.bank_account,
        last4=found.last4,
        previous=account.bank_account if account.is_set else None,
        usable_from=now + cool_off if account.was_ever_set else now,
        holder=found.holder,
        changed_by=changed_by,
        changed_at=now,
        foreign_from=None if account.is_set else foreign_from,
    )
