"""Whom a monthly run looks at: every seller with anything available, by currency."""

from countinghouse.domain.accounts import Account, Owner
from countinghouse.domain.payout_journals import AVAILABLE
from countinghouse.domain.wallet import Wallet
from countinghouse.ports.ledger import WalletScan
from countinghouse.ports.payouts import Manifest, PayoutLine, PayoutRuns

_SELLER = f"{Owner.SELLER}:"


def list_payable(period: str, wallets: WalletScan, runs: PayoutRuns) -> Manifest:
    """Where the list of the period was put; each seller and currency stands in it once.

    It decides nothing: what is payable is settled seller by seller when a payout is opened. A row
    that cannot be read is the audit's to report, and stops nobody else's payout.
    """
    found = {
        (wallet.address.owner.removeprefix(_SELLER), wallet.address.currency)
        for wallet in wallets.all_wallets()
        if isinstance(wallet, Wallet) and _has_available(wallet)
    }
    return runs.save(period, [PayoutLine(*one, period) for one in sorted(found)])


def _has_available(wallet: Wallet) -> bool:
    owner = wallet.address.owner
    if not owner.startswith(_SELLER):
        return False
    account = Account(AVAILABLE, owner.removeprefix(_SELLER))
    return account.shown(wallet.balances.get(account.name, 0)) > 0
