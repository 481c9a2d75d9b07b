"""Erase where a seller was paid in a currency, and whose account that was."""

from countinghouse.domain.errors import Conflict, NotFound
from countinghouse.domain.payout_account import erase_account
from countinghouse.ports.clock import Clock
from countinghouse.ports.payouts import PayoutAccounts

RACES_MAX = 8


def erase_bank_account(
    seller_id: str, currency: str, erased_by: str, accounts: PayoutAccounts, clock: Clock
) -> bool:
    """Whether it was written; a repeat finds nothing to erase. It retires the account.

    A payout of another currency's wallet to it goes on: a payout keeps where it goes. Raises
    NotFound when there never was one, IllegalTransition (`payout_in_progress`), Conflict when the
    account kept changing.
    """
    for _ in range(RACES_MAX):
        account = accounts.get(seller_id, currency)
        if account is None or not account.was_ever_set:
            raise NotFound(f"seller {seller_id} has no bank account in {currency}")
        erased = erase_account(account, erased_by, clock.now())
        if erased is account:
            return False
        try:
            accounts.replace(account, erased)
        except Conflict:
            continue
        return True
    raise Conflict(f"the bank account of seller {seller_id} kept changing")
