"""From a payout to its journals: the posting rules of domain rules, section 3.

payout_reserve    seller_available (amount + debt)   seller_in_payout, seller_receivable debt
payout_paid       seller_in_payout                   bank
payout_failed     seller_in_payout                   seller_available
payout_cancelled  seller_in_payout                   seller_available
payout_returned   bank                               seller_available

Is it sent in another currency, the last two pass through it: seller_in_payout or _available and
fx_position in the wallet's, fx_position, bank and fx_spread_revenue in the other.
"""

from __future__ import annotations

from collections.abc import Mapping

from countinghouse.domain.accounts import Account
from countinghouse.domain.errors import InsufficientFunds
from countinghouse.domain.fx_position import EXCHANGE, SPREAD, position_account
from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import Journal, JournalKey, journal_key
from countinghouse.domain.payout import Payout, PayoutJournal
from countinghouse.domain.purse import Purse
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.records import dataclass

J = PayoutJournal

_AT_BANK = frozenset({J.PAID, J.RETURNED})
"""What moves money at the bank."""

AVAILABLE = "seller_available"
DEBT = "seller_receivable"


def payout_key(payout_id: str, kind: PayoutJournal) -> JournalKey:
    """Where a payout's journal of that kind stands, whether or not it was written."""
    return journal_key(payout_id, kind)


@dataclass(frozen=True, slots=True)
class PayoutDraft:
    """One journal that a payout calls for."""

    payout: Payout
    kind: PayoutJournal
    now: Instant

    @property
    def key(self) -> JournalKey:
        """The journal's key."""
        return payout_key(self.payout.payout_id, self.kind)

    @property
    def reference(self) -> str:
        """The payout."""
        return self.payout.payout_id

    @property
    def addresses(self) -> tuple[WalletAddress, ...]:
        """The wallet it pays out; of money sent in another currency also where that stands."""
        payout = self.payout
        if payout.exchange is None or self.kind not in _AT_BANK:
            return (payout.wallet,)
        return (payout.wallet, WalletAddress(_home(payout), payout.exchange.currency))

    @property
    def original(self) -> JournalKey | None:
        """Nothing: what a failed payout gives back does not depend on how it was taken."""
        return None

    def drawn(
        self, wallets: Mapping[WalletAddress, Wallet], booked: Mapping[JournalKey, Journal]
    ) -> Journal:
        """The journal, drawn up against the wallet as it is.

        Raises InsufficientFunds when the amount is not available beside the debt.
        """
        payout = self.payout
        purse = Purse(wallets[payout.wallet], payout.seller_id)
        self._move(purse)
        return Journal(
            key=self.key,
            kind=self.kind,
            reference=payout.payout_id,
            legs=purse.legs(),
            event_at=self._event_at(),
            created_at=self.now,
            cause=f"payout:{payout.payout_id}:{payout.status}",
            home=_home(payout),
            psp_reference=payout.psp_reference,
        )

    def _move(self, purse: Purse) -> None:
        amount = self.payout.amount_minor
        available, in_payout = purse.account(AVAILABLE), purse.account("seller_in_payout")
        match self.kind:
            case J.RESERVE:
                debt = purse.account(DEBT)
                owed = purse.holds(debt)
                if purse.holds(available) < amount + owed:
                    raise InsufficientFunds(
                        f"less than {amount} is available to seller {self.payout.seller_id}"
                    )
                purse.debit(available, amount + owed)
                purse.credit(in_payout, amount)
                purse.credit(debt, owed)
            case J.PAID:
                purse.debit(in_payout, amount)
                self._send(purse, 1)
            case J.FAILED | J.CANCELLED:
                purse.debit(in_payout, amount)
                purse.credit(available, amount)
            case J.RETURNED:
                self._send(purse, -1)
                purse.credit(available, amount)

    def _send(self, purse: Purse, sign: int) -> None:
        """What leaves the bank, and how it came to be in that currency; back with `sign` -1."""
        payout, exchange = self.payout, self.payout.exchange
        bank = Account("bank", payout.psp)
        purse.credit(bank, sign * payout.sent_minor, payout.sent_currency)
        if exchange is not None:
            currency = exchange.currency
            purse.credit(position_account(payout.currency), sign * payout.amount_minor)
            purse.debit(position_account(currency), sign * exchange.mid_minor, currency)
            purse.credit(SPREAD, sign * exchange.spread_minor, currency)

    def _event_at(self) -> Instant:
        payout = self.payout
        match self.kind:
            case J.RESERVE:
                return self.now
            case J.RETURNED:
                return payout.returned_at or payout.updated_at
            case _:
                return payout.settled_at or payout.returned_at or payout.updated_at


def _home(payout: Payout) -> str:
    """Whose books have what is nobody's: the seller's, unless it is sent in another currency.

    Then that currency has books of its own, as for a converted order: the seller may have a wallet
    in it for other orders.
    """
    return payout.wallet.owner if payout.exchange is None else f"{EXCHANGE}:{payout.seller_id}"


def owed_drafts(payout: Payout, now: Instant) -> tuple[PayoutDraft, ...]:
    """Every journal that the payout calls for and lacks, in the order they have to be booked."""
    return tuple(PayoutDraft(payout, kind, now) for kind in payout.owed)


def effect_on_available(journal: Journal, seller_id: str, currency: str) -> int:
    """What a journal added to the seller's available balance, minor units."""
    return -sum(
        leg.amount.minor
        for leg in journal.legs
        if leg.account == Account(AVAILABLE, seller_id) and leg.amount.currency == currency
    )
