"""Erase that a wallet is a user's: the books keep a pseudonym that nobody can resolve any more."""

from countinghouse.domain.buyer import owner_of, wallet_account
from countinghouse.domain.errors import Conflict, IllegalTransition
from countinghouse.ports.buyers import BuyerBook, ClosedWallets, OwnersWallets
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass

RACES_MAX = 8


@dataclass(frozen=True, slots=True)
class Forgetting:
    """What forgetting a buyer needs."""

    buyers: BuyerBook
    closed: ClosedWallets
    wallets: OwnersWallets
    clock: Clock


def erase_buyer(user_id: str, ports: Forgetting) -> bool:
    """Whether there was anything to erase; a repeat finds nothing.

    The wallet is closed before its balance is looked at for good, so that no booking that is under
    way lands on a wallet that has become nobody's. A crash in between leaves it closed, and a
    repeat either forgets or reopens it.

    Raises IllegalTransition (`wallet_has_balance`) while the user has money in it, Conflict when
    others kept erasing or reopening.
    """
    for _ in range(RACES_MAX):
        wallet_id = ports.buyers.wallet_of(user_id)
        if wallet_id is None:
            return False
        _refuse_money(wallet_id, ports)
        now = ports.clock.now()
        ports.closed.close(wallet_id, now)
        _refuse_money(wallet_id, ports)
        try:
            ports.buyers.forget(user_id, wallet_id, now, ports.clock.now())
        except Conflict:
            continue
        return True
    raise Conflict("the buyer's wallet kept changing")


def _refuse_money(wallet_id: str, ports: Forgetting) -> None:
    account = wallet_account(wallet_id).name
    wallets = ports.wallets.wallets_of(owner_of(wallet_id))
    held = [one.address.currency for one in wallets if one.balances.get(account)]
    if held:
        ports.closed.reopen(wallet_id)
        raise IllegalTransition(
            f"the wallet holds money in {', '.join(held)}: pay it out first",
            code="wallet_has_balance",
        )
