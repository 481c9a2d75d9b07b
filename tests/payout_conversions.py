"""Histories of payouts that are sent in other currencies, and what has to hold after each step.

A seller has wallets in several currencies; payouts of them are opened, reserved, approved or
cancelled, sent, paid, failed, returned, or their rate is over, in whatever order. The rates move.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace

from countinghouse.domain.errors import Rejected
from countinghouse.domain.fx import RateTable, Ratio
from countinghouse.domain.instants import DAY, MINUTE, day_of
from countinghouse.domain.money import Money
from countinghouse.domain.payout import SETTLED_PAYOUTS, Payout, PayoutStatus
from countinghouse.domain.payout_facts import apply_payout_fact
from countinghouse.domain.psp import SettlementKind
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.payout_bookkeeping import book_payout
from countinghouse.ports.payouts import PayoutChange
from countinghouse.usecases.advance_payout import Next, advance_payout
from countinghouse.usecases.approve_payout import approve_payout
from countinghouse.usecases.cancel_payout import cancel_payout
from countinghouse.usecases.open_payout import open_payout
from tests.converted import RATES
from tests.fakes.payouts import said
from tests.payouts import LINUS, RULES, House, a_wish, an_account, movement

S = PayoutStatus
K = SettlementKind
CODES = ("EUR", "USD", "JPY", "KWD", "GBP")
EARNED = 5_000_000
NOT_SENT = frozenset({S.FAILED, S.CANCELLED})


@dataclass
class Payday:
    """One seller, his wallets, and a day on which anything may happen."""

    chance: random.Random
    house: House = field(default_factory=House)
    opened: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        limits = dict.fromkeys(CODES, 400_000)
        self.house.rules = replace(RULES, minimum_minor={}, approval_above_minor=limits)
        # In some currencies he has a wallet and no account.
        for code in CODES[:4]:
            self.house.accounts.put(an_account(currency=code, bank_account=f"ba_{code}"))
        for code in CODES:
            earned = movement(f"earned-{code}", {"seller_available:s1": -EARNED}, code)
            self.house.book(earned)

    def payout(self, payout_id: str) -> Payout:
        return self.house.payouts[payout_id]

    def step(self) -> None:
        """Anything at all."""
        moves = (self.open, self.walk, self.walk, self.walk, self.end, self.wait, self.fix)
        self.chance.choice(moves)()

    def open(self) -> None:
        """A payout from one wallet to an account in another currency, or in its own."""
        payout_id = f"po_{len(self.opened) + 1}"
        wish = a_wish(
            payout_id=payout_id,
            currency=self.chance.choice(CODES),
            payout_currency=self.chance.choice(CODES[:4]),
            amount_minor=self.chance.choice((1, 2, 77, 1_000, 333_333, 400_001)),
        )
        try:
            open_payout(wish, self.house.opening)
        except Rejected:
            return
        self.opened.append(payout_id)

    def walk(self) -> None:
        """One step further of one that is under way; the PSP says what it likes."""
        under_way = [p for p in self.opened if not self.payout(p).is_resting]
        if not under_way:
            return
        payout_id = self.chance.choice(under_way)
        said_of_it = self.chance.choice((K.SUCCEEDED, K.FAILED, K.PENDING, K.UNKNOWN))
        self.house.gateway.answers = {"pay_out": [said_of_it], "find_payout": [said_of_it]}
        advanced = advance_payout(payout_id, self.house.advancing)
        if advanced.next is Next.APPROVE and self.chance.random() < 0.7:
            approve_payout(payout_id, LINUS, self.house.payouts, self.house.clock)

    def end(self) -> None:
        """One is called off before it is sent, or sent back by the bank after it was paid."""
        if not self.opened:
            return
        payout = self.payout(self.chance.choice(self.opened))
        if payout.status is S.PAID and payout.is_resting:
            self.send_back(payout)
        elif payout.status in (S.DRAFT, S.RESERVED, S.PENDING_APPROVAL):
            cancel_payout(payout.payout_id, self.house.books)

    def send_back(self, payout: Payout) -> None:
        """The bank returns it."""
        fact = said(payout, K.FAILED, returned=True, failure="returned_by_bank")
        now = self.house.clock.now()
        _, back = apply_payout_fact(payout, fact, now, self.house.policy)
        self.house.payouts.commit(PayoutChange(payout, back))
        book_payout(back, self.house.books)

    def wait(self) -> None:
        """Time goes by: rates that were locked may be over."""
        self.house.clock.advance(self.chance.choice((MINUTE, 29 * MINUTE, 31 * MINUTE, DAY)))
        self.fix()

    def fix(self) -> None:
        """Another fixing of the day's rates."""
        moved = {code: self.moved(rate) for code, rate in RATES.per_euro.items()}
        today = day_of(self.house.clock.now())
        self.house.rates.lay(RateTable("ecb", today, moved))

    def moved(self, rate: Ratio) -> Ratio:
        return rate.times(Ratio(self.chance.randint(900, 1_100), 1_000))

    def unwind(self) -> None:
        """Everything is brought to its end, and what was paid comes back."""
        for payout_id in self.opened:
            if self.payout(payout_id).status in (S.DRAFT, S.RESERVED, S.PENDING_APPROVAL):
                cancel_payout(payout_id, self.house.books)
            while not self.payout(payout_id).is_resting:
                self.house.gateway.answers = {"pay_out": [K.FAILED], "find_payout": [K.FAILED]}
                if self.payout(payout_id).status not in SETTLED_PAYOUTS:
                    self.house.clock.advance(DAY)
                advance_payout(payout_id, self.house.advancing)
            if self.payout(payout_id).status is S.PAID:
                self.send_back(self.payout(payout_id))

    def check(self) -> None:
        """Every book sums to zero, each wallet is exact, and all stands where it should."""
        balances: Counter[tuple[str, str]] = Counter()
        for wallet in self.house.ledger.all_wallets():
            assert isinstance(wallet, Wallet)
            assert wallet.total == 0, wallet
            for name, minor in wallet.balances.items():
                balances[name, wallet.address.currency] += minor
        expected = self.expected()
        names = {name for name, _ in expected} - {"adjustments"}
        found = {key: minor for key, minor in balances.items() if key[0] in names and minor}
        assert found == {key: minor for key, minor in expected.items() if minor}
        for code in CODES:
            address = WalletAddress("seller:s1", code)
            held = self.house.ledger.wallets([address])[address].balances
            assert {n for n in held if n.startswith("fx_position")} <= {f"fx_position:{code}"}
            assert "fx_spread_revenue" not in held

    def expected(self) -> Counter[tuple[str, str]]:
        """What the payouts as they stand come to, account by account, debit positive."""
        sums: Counter[tuple[str, str]] = Counter()
        for code in CODES:
            sums["seller_available:s1", code] -= EARNED
        for payout in map(self.payout, self.opened):
            for account, money in legs_of(payout):
                sums[account, money.currency] += money.minor
        return sums


def legs_of(payout: Payout) -> list[tuple[str, Money]]:
    """What a payout that has booked all it calls for leaves on which account."""
    booked = {str(kind) for kind in payout.booked}
    if "payout_reserve" not in booked or booked & {"payout_failed", "payout_cancelled"}:
        return []
    if "payout_returned" in booked:
        return []
    whole = Money(payout.amount_minor, payout.currency)
    taken = [("seller_available:s1", whole)]
    if "payout_paid" not in booked:
        return [*taken, ("seller_in_payout:s1", -whole)]
    sent = Money(payout.sent_minor, payout.sent_currency)
    exchange = payout.exchange
    if exchange is None:
        return [*taken, ("bank:sandbox", -sent)]
    return [
        *taken,
        (f"fx_position:{payout.currency}", -whole),
        (f"fx_position:{sent.currency}", Money(exchange.mid_minor, sent.currency)),
        ("fx_spread_revenue", -Money(exchange.spread_minor, sent.currency)),
        ("bank:sandbox", -sent),
    ]


def played(seed: int, steps: int) -> Payday:
    """A history, looked at after each step."""
    day = Payday(random.Random(seed))
    for _ in range(steps):
        day.step()
        day.check()
    return day


def unwound(day: Payday) -> None:
    """All of it taken back: nothing is left but what was earned."""
    day.unwind()
    day.check()
    for code in CODES:
        assert day.house.position(code) == 0, code
        address = WalletAddress("seller:s1", code)
        held = day.house.ledger.wallets([address])[address].balances
        assert held == {"seller_available:s1": -EARNED, "adjustments": EARNED}
