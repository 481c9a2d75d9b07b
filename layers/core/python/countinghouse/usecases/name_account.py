"""Find the account that a ledger request means, without telling the books who a user is."""

from countinghouse.domain.accounts import Account
from countinghouse.domain.buyer import BUYER_WALLET, wallet_account
from countinghouse.domain.errors import Invalid
from countinghouse.domain.wallet import WalletAddress
from countinghouse.ports.buyers import BuyerBook, ClosedWallets, Pseudonyms
from countinghouse.ports.ledger import Ledger
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class Naming:
    """What naming an account needs."""

    buyers: BuyerBook
    closed: ClosedWallets
    pseudonyms: Pseudonyms
    ledger: Ledger


def name_account(
    user_id: str | None, account: Account | None, counter: Account, currency: str, ports: Naming
) -> Account:
    """The named account, or the wallet of `user_id`, which is given a pseudonym the first time.

    Raises Invalid unless exactly one is given, and for a buyer's wallet by name, on either side,
    that nothing was ever booked on in that currency, or that is closed (`buyer_wallet_closed`): so
    no id of a user gets into the books by hand, and what is there under one stays of use.
    """
    _check(counter, "counter_account", currency, ports)
    match user_id, account:
        case str(), None:
            known = ports.buyers.wallet_of(user_id)
            return wallet_account(known or ports.buyers.assign(user_id, ports.pseudonyms.draw()))
        case None, Account():
            _check(account, "account", currency, ports)
            return account
        case _:
            raise Invalid("give either user_id or account", field="account")


def _check(account: Account, field: str, currency: str, ports: Naming) -> None:
    if account.kind != BUYER_WALLET:
        return
    if ports.closed.is_closed(account.owner_id):
        raise Invalid("that wallet is closed", code="buyer_wallet_closed", field=field)
    address = WalletAddress(str(account.wallet_owner), currency)
    if ports.ledger.wallets([address])[address].sequence == 0:
        raise Invalid("there is no such wallet: a buyer is named by user_id", field=field)
