"""Valid payouts, accounts and wallets with one interesting field, as tests/builders.py has them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from countinghouse.bookkeeping import book
from countinghouse.domain.accounts import Account
from countinghouse.domain.instants import DAY, HOUR
from countinghouse.domain.ledger import Journal, Leg, journal_key
from countinghouse.domain.market_countries import NOWHERE, MarketCountries
from countinghouse.domain.market_rules import PayoutRules
from countinghouse.domain.money import Money
from countinghouse.domain.payout import (
    AT_PSP,
    SETTLED_PAYOUTS,
    Payout,
    PayoutJournal,
    PayoutStatus,
    PayoutTrigger,
)
from countinghouse.domain.payout_account import BankAccount, PayoutAccount
from countinghouse.domain.payout_exchange import PayoutExchange
from countinghouse.domain.payout_requests import OpenPayout
from countinghouse.domain.retry import RetryPolicy
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.payout_bookkeeping import PayoutBooks
from countinghouse.ports.screening import PayeeCheck
from countinghouse.usecases.advance_payout import Advancing
from countinghouse.usecases.open_payout import Opening
from tests.builders import NOW
from tests.converted import RATES, a_quote
from tests.fakes.audit import FakeFindingBook
from tests.fakes.clock import FakeClock
from tests.fakes.fx import FakeReferenceRates, a_desk
from tests.fakes.ledger import FakeLedger
from tests.fakes.payouts import FakePayoutAccounts, FakePayoutBook, FakePayoutGateway
from tests.fakes.screening import FakeScreening

S = PayoutStatus
J = PayoutJournal

ADA = "arn:aws:sts::000000000000:assumed-role/finance/ada"
LINUS = "arn:aws:sts::000000000000:assumed-role/approvers/linus"
RULES = PayoutRules(
    minimum_minor={"EUR": 100}, approval_above_minor={"EUR": 10_000}, cool_off=3 * DAY
)
IBAN = BankAccount("ba_1", "EUR", "4242")
OTHER_IBAN = BankAccount("ba_2", "EUR", "1881")
S1_EUR = WalletAddress("seller:s1", "EUR")
X_USD = WalletAddress("exchange:s1", "USD")
"""Where what the first seller is sent in dollars stands, beside the euros of the wallet."""

_BOOKED: dict[PayoutStatus, tuple[PayoutJournal, ...]] = {
    S.DRAFT: (),
    S.PAID: (J.RESERVE, J.PAID),
    S.RETURNED: (J.RESERVE, J.PAID, J.RETURNED),
    S.FAILED: (J.RESERVE, J.FAILED),
    S.CANCELLED: (J.RESERVE, J.CANCELLED),
}


def a_payout(status: PayoutStatus = S.DRAFT, **changes: Any) -> Payout:
    """A payout as it would stand in `status`, at rest when that is where it ends."""
    payout = Payout(
        payout_id="po_1",
        seller_id="s1",
        currency="EUR",
        amount_minor=5_000,
        psp="sandbox",
        bank_account="ba_1",
        requested_by=ADA,
        trigger=PayoutTrigger.REQUEST,
        fingerprint="f" * 64,
        created_at=NOW,
        updated_at=NOW,
        next_at=None if status in SETTLED_PAYOUTS else NOW,
        status=status,
        booked=_BOOKED.get(status, (J.RESERVE,)),
    )
    return replace(payout, **{**_as_it_stands(status), **changes})


def _as_it_stands(status: PayoutStatus) -> dict[str, Any]:
    """The fields that come with a status."""
    if status is S.DRAFT:
        return {}
    fields: dict[str, Any] = {"version": 2, "available_before_minor": 8_000}
    if status is S.PENDING_APPROVAL:
        fields["next_at"] = NOW + 7 * DAY
    if status in AT_PSP:
        fields["next_at"] = NOW + HOUR
    if status in AT_PSP | {S.PAID, S.RETURNED, S.FAILED}:
        fields |= {"sent_at": NOW, "first_sent_at": NOW}
    if status in SETTLED_PAYOUTS:
        fields["settled_at"] = NOW
    return {**fields, **_OWN.get(status, {})}


_OWN: dict[PayoutStatus, dict[str, Any]] = {
    S.IN_TRANSIT: {"psp_reference": "pt_1"},
    S.PAID: {"psp_reference": "pt_1"},
    S.RETURNED: {"psp_reference": "pt_1", "returned_at": NOW, "failure": "returned_by_bank"},
    S.FAILED: {"failure": "account_closed"},
}


def an_account(**changes: Any) -> PayoutAccount:
    """A bank account that can be used."""
    account = PayoutAccount(
        seller_id="s1",
        currency="EUR",
        psp="sandbox",
        bank_account="ba_1",
        last4="4242",
        usable_from=NOW,
        changed_by=ADA,
        changed_at=NOW,
    )
    return replace(account, **changes)


def an_exchange(**changes: Any) -> PayoutExchange:
    """EUR 50.00 sent as USD 55.30 at today's rates: USD 55.86 at mid, USD 0.56 of spread."""
    quote = a_quote("EUR", "USD")
    exchange = PayoutExchange(
        quote_id="fxq_1",
        source=quote.source,
        as_of=quote.as_of,
        rate=str(quote.rate),
        mid_rate=str(quote.mid),
        spread_basis_points=100,
        expires_at=quote.expires_at,
        currency="USD",
        minor=5_530,
        mid_minor=5_586,
    )
    return replace(exchange, **changes)


def a_wish(**changes: Any) -> OpenPayout:
    """A request for all that is payable."""
    wanted = OpenPayout("po_1", "s1", "EUR", None, ADA, "f" * 64)
    return replace(wanted, **changes)


def movement(
    reference: str, legs: dict[str, int], currency: str = "EUR", **changes: Any
) -> Journal:
    """A journal of these legs by account name, debit positive; `adjustments` takes the rest."""
    signed = {name: minor for name, minor in legs.items() if minor}
    left = -sum(signed.values())
    if left:
        signed["adjustments"] = left
    accounts = [(_account(name), Money(minor, currency)) for name, minor in signed.items()]
    journal = Journal(
        key=journal_key(reference, "movement"),
        kind="movement",
        reference=reference,
        legs=tuple(Leg(account, money) for account, money in accounts),
        event_at=NOW,
        created_at=NOW,
        cause="test",
    )
    return replace(journal, **changes)


def _account(name: str) -> Account:
    kind, _, owner = name.partition(":")
    owner_id, _, tranche = owner.partition("@")
    return Account(kind, owner_id, tranche)


def earned(minor: int, reference: str = "earned", seller_id: str = "s1") -> Journal:
    """Money that became available to a seller."""
    return movement(reference, {f"seller_available:{seller_id}": -minor})


@dataclass
class House:
    """The payout service with everything in memory: one seller with a bank account."""

    gateway: FakePayoutGateway = field(default_factory=FakePayoutGateway)
    clock: FakeClock = field(default_factory=FakeClock)
    rules: PayoutRules = RULES
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    accounts: FakePayoutAccounts = field(
        default_factory=lambda: FakePayoutAccounts().put(an_account())
    )
    ledger: FakeLedger = field(default_factory=FakeLedger)
    findings: FakeFindingBook = field(default_factory=FakeFindingBook)
    screening: FakeScreening = field(default_factory=FakeScreening)
    rates: FakeReferenceRates = field(default_factory=lambda: FakeReferenceRates().lay(RATES))
    countries: MarketCountries = NOWHERE

    def __post_init__(self) -> None:
        self.payouts = FakePayoutBook(self.accounts, self.ledger)

    @property
    def books(self) -> PayoutBooks:
        return PayoutBooks(self.payouts, self.accounts, self.ledger, self.clock)

    @property
    def advancing(self) -> Advancing:
        return Advancing(self.books, self.gateway, self.policy, self.rules, self.findings)

    @property
    def opening(self) -> Opening:
        return Opening(
            self.payouts,
            self.accounts,
            self.ledger,
            self.rules,
            self.clock,
            self.findings,
            PayeeCheck(self.screening, self.countries),
            a_desk(self.rates),
        )

    def earn(self, minor: int, reference: str = "earned", seller_id: str = "s1") -> None:
        """Make money available to a seller."""
        self.book(earned(minor, reference, seller_id))

    def book(self, *journals: Journal) -> None:
        """Book journals, which must not be refused."""
        assert book(journals, self.ledger, self.ledger) == {}

    def balance(self, account: str) -> int:
        """What one of the first seller's accounts shows, or what a platform account holds."""
        wallet = self.ledger.wallets([S1_EUR])[S1_EUR]
        return _account(account).shown(wallet.balances.get(account, 0))

    @property
    def available(self) -> int:
        return self.balance("seller_available:s1")

    @property
    def in_payout(self) -> int:
        return self.balance("seller_in_payout:s1")

    @property
    def debt(self) -> int:
        return self.balance("seller_receivable:s1")

    @property
    def in_bank(self) -> int:
        """What left the platform's bank account (an asset, so below zero)."""
        return self.balance("bank:sandbox")

    def kinds(self, payout_id: str = "po_1") -> list[str]:
        """The kinds of journal that a payout has booked, in any order."""
        return sorted(journal.kind for journal in self.ledger.journals(payout_id))

    def position(self, currency: str) -> int:
        """The balance of a currency's position in all books, debit positive."""
        wallets = self.ledger.all_wallets()
        name = f"fx_position:{currency}"
        return sum(
            wallet.balances.get(name, 0)
            for wallet in wallets
            if isinstance(wallet, Wallet) and wallet.address.currency == currency
        )
