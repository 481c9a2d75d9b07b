"""A seller's balances while one journal is drawn up: what can be taken, and where it goes back.

How a claim on a seller is met depends on what the wallet holds when the journal is booked:

    take   available, then the reserve, then the seller's debt: a lawful claim is never blocked
    give   the seller's debt first, then available
    return each part to where it came from; what was taken as debt pays debt while there is any

Nothing here goes below zero, so no order of events can overdraw a bucket (domain rules, section 3).
"""

from __future__ import annotations

from collections.abc import Iterable

from countinghouse.domain.accounts import Account, parse_account
from countinghouse.domain.fx_position import BRIDGES, SPREAD, position_account
from countinghouse.domain.instants import Instant, start_of_day
from countinghouse.domain.ledger import Leg
from countinghouse.domain.money import Money
from countinghouse.domain.wallet import Wallet

RESERVE = "seller_reserve"


class Purse:
    """One seller's accounts in one wallet, and the legs of the journal being drawn up.

    Amounts are minor units of the wallet's currency and never negative. Accounts that are nobody's
    may move in another currency as well; how a journal gets from one to the other, `exchange` says.
    """

    def __init__(self, wallet: Wallet, seller_id: str) -> None:
        self._balances = dict(wallet.balances)
        self._moved: dict[tuple[Account, str], int] = {}
        self._seller_id = seller_id
        self._currency = wallet.address.currency

    def account(self, kind: str, tranche: str = "") -> Account:
        """One of the seller's own accounts."""
        return Account(kind, self._seller_id, tranche)

    def debit(self, account: Account, minor: int, currency: str | None = None) -> None:
        """Debit any account, in the wallet's currency unless another is named."""
        self._move(account, minor, currency or self._currency)

    def credit(self, account: Account, minor: int, currency: str | None = None) -> None:
        """Credit any account, in the wallet's currency unless another is named."""
        self._move(account, -minor, currency or self._currency)

    def exchange(self, paid: Money, mid_minor: int, minor: int) -> None:
        """Turn `paid` into `minor` of the wallet's currency, `mid_minor` at the reference rate.

        What lies between the two is the platform's spread. All below zero: turned back.
        """
        self.credit(position_account(paid.currency), paid.minor, paid.currency)
        self.debit(position_account(self._currency), mid_minor)
        self.credit(SPREAD, mid_minor - minor)

    def holds(self, account: Account) -> int:
        """What one of the seller's accounts holds, counting the legs so far."""
        return max(0, account.shown(self._balances.get(account.name, 0)))

    def tranches(self) -> list[Account]:
        """The seller's reserve, the tranche that is freed first in front."""
        found = (parse_account(name) for name in self._balances if name.startswith(RESERVE))
        return sorted((a for a in found if a.owner_id == self._seller_id), key=lambda a: a.tranche)

    def take(self, minor: int, first: Iterable[tuple[Account, int]] = ()) -> None:
        """Take `minor` from the seller: from the parts named `first` as far as they hold, then from
        what is available, then as the seller's debt."""
        left = minor
        for account, part in first:
            left -= self._take(account, min(part, left))
        left -= self._take(self.account("seller_available"), left)
        self.debit(self.account("seller_receivable"), left)

    def take_all_ways(self, minor: int) -> None:
        """Take `minor` for a dispute: available, then every tranche of the reserve, then debt."""
        available = self.account("seller_available")
        order = [available, *self.tranches()]
        self.take(minor, [(account, self.holds(account)) for account in order])

    def give(self, minor: int) -> None:
        """Give the seller `minor`: the debt is paid first, the rest is available."""
        debt = self.account("seller_receivable")
        paid = min(minor, self.holds(debt))
        self.credit(debt, paid)
        self.credit(self.account("seller_available"), minor - paid)

    def return_(self, legs: Iterable[Leg], now: Instant) -> None:
        """Undo what a journal debited, account by account.

        A tranche that was freed since goes to available, and so does debt that was paid since. An
        exchange is not undone here: whoever turns money back says so himself.
        """
        for leg in legs:
            if leg.amount.minor > 0 and leg.account.kind not in BRIDGES:
                self._return(leg.account, leg.amount.minor, now)

    def _return(self, account: Account, minor: int, now: Instant) -> None:
        available = self.account("seller_available")
        if account.kind == "seller_receivable":
            paid = min(minor, self.holds(account))
            self.credit(account, paid)
            self.credit(available, minor - paid)
        elif account.tranche and start_of_day(account.tranche) <= now:
            self.credit(available, minor)
        else:
            self.credit(account, minor)

    def _take(self, account: Account, minor: int) -> int:
        taken = min(minor, self.holds(account))
        self.debit(account, taken)
        return taken

    def _move(self, account: Account, minor: int, currency: str) -> None:
        if minor and currency == self._currency:
            self._balances[account.name] = self._balances.get(account.name, 0) + minor
        if minor:
            self._moved[account, currency] = self._moved.get((account, currency), 0) + minor

    def legs(self) -> tuple[Leg, ...]:
        """The journal's legs: what every account moved by in all."""
        moved = [(account, Money(minor, code)) for (account, code), minor in self._moved.items()]
        return tuple(Leg(account, amount) for account, amount in moved if amount.minor)
