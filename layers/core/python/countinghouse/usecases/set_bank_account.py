"""Set where a seller is paid in a currency, once the PSP has said that it knows the account."""

from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.payout_account import (
    BankAccount,
    PayoutAccount,
    change_account,
    first_account,
    set_accounts,
)
from countinghouse.ports.clock import Clock
from countinghouse.ports.payouts import BankAccounts, PayoutAccounts
from countinghouse.ports.screening import PayeeCheck
from countinghouse.records import dataclass

RACES_MAX = 8


@dataclass(frozen=True, slots=True)
class SetBankAccount:
    """A seller's bank account in a currency, and who says so."""

    seller_id: str
    currency: str
    psp: str
    bank_account: str
    changed_by: str


def set_bank_account(
    wanted: SetBankAccount,
    accounts: PayoutAccounts,
    bank_accounts: BankAccounts,
    cool_off: int,
    clock: Clock,
    payees: PayeeCheck,
) -> tuple[PayoutAccount, bool]:
    """The account as it is now, and whether it was so before; a change cools off.

    The seller and the account's holder are screened before anything is stored.

    Raises Invalid (code `unknown_bank_account`, or an account in another currency), Unavailable
    when the PSP cannot be asked, ScreeningRefused, Conflict when the account kept changing.
    """
    found = bank_accounts.find_bank_account(wanted.bank_account)
    if found is None:
        detail = "the PSP does not know this account"
        raise Invalid(detail, code="unknown_bank_account", field="bank_account")
    if found.currency != wanted.currency:
        raise Invalid(f"that account is in {found.currency}", field="currency")
    payees.check(wanted.seller_id, found.holder)
    for _ in range(RACES_MAX):
        try:
            return _set(wanted, found, accounts, cool_off, clock)
        except Conflict:
            continue
    raise Conflict(f"the bank account of seller {wanted.seller_id} kept changing")


def _set(
    wanted: SetBankAccount,
    found: BankAccount,
    accounts: PayoutAccounts,
    cool_off: int,
    clock: Clock,
) -> tuple[PayoutAccount, bool]:
    now = clock.now()
    account = accounts.get(wanted.seller_id, wanted.currency)
    foreign_from = None
    if account is None or not account.is_set:
        # A first account is nobody's loot, unless money of other wallets can be turned to it.
        others = set_accounts(accounts.of_seller(wanted.seller_id))
        foreign_from = now + cool_off if others else None
    if account is None:
        who = wanted.seller_id, wanted.psp, found, wanted.changed_by
        first = first_account(*who, now, foreign_from)
        account = accounts.add(first)
        if account is None:
            return first, False
    to = wanted.psp, found, wanted.changed_by
    changed = change_account(account, *to, now, cool_off, foreign_from)
    if changed is account:
        return account, True
    accounts.replace(account, changed)
    return changed, False
