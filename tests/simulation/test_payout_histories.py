"""No history of a payout loses or doubles money: what the bank did is what the books say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random

import pytest

from countinghouse.domain.accounts import parse_account
from countinghouse.domain.errors import Conflict, Rejected
from countinghouse.domain.instants import HOUR, SECOND
from countinghouse.domain.order_facts import Verdict
from countinghouse.domain.payout import AT_PSP, Payout, PayoutStatus
from countinghouse.domain.payout_facts import apply_payout_fact
from countinghouse.domain.psp import PayoutFact, SettlementKind
from countinghouse.ports.payouts import PayoutChange
from countinghouse.usecases.advance_payout import advance_payout
from countinghouse.usecases.approve_payout import approve_payout
from countinghouse.usecases.attend_payout import Attending, attend_payout
from countinghouse.usecases.cancel_payout import cancel_payout
from countinghouse.usecases.open_payout import open_payout
from tests.fakes.payouts import FakePayoutGateway, FakeWorkflows
from tests.payouts import LINUS, S1_EUR, House, a_wish, movement

S = PayoutStatus
K = SettlementKind
SEEDS = range(400)
EVENTS = 60


class Died(BaseException):
    """The process is gone; nothing may catch this."""


@dataclass
class Bank(FakePayoutGateway):
    """A PSP with a book of its own: its payouts by reference, and everything it ever told."""

    chance: Random = field(default_factory=Random)
    held: dict[str, PayoutFact] = field(default_factory=dict)
    news: list[PayoutFact] = field(default_factory=list)
    sent: dict[str, set[str]] = field(default_factory=dict)
    is_honest: bool = False

    def pay_out(self, payout: Payout) -> PayoutFact:
        how = "well" if self.is_honest else self.chance.choice(["well"] * 3 + TROUBLES)
        if how == "never sent":
            return PayoutFact(K.NOT_SENT, payout.payout_id)
        self.sent.setdefault(payout.payout_id, set()).add(payout.key)
        if how == "lost on the way":
            return PayoutFact(K.UNKNOWN, payout.payout_id)
        if how == "refused":
            if payout.payout_id not in self.held:
                return PayoutFact(K.FAILED, payout.payout_id, failure="psp_refused")
        elif payout.payout_id not in self.held:
            reference = f"pt_{len(self.held)}"
            self._tell(
                PayoutFact(
                    K.PENDING, payout.payout_id, reference, payout.amount_minor, payout.currency
                )
            )
        if how == "no answer":
            return PayoutFact(K.UNKNOWN, payout.payout_id)
        if how == "dies":
            raise Died
        return self._say(payout.payout_id)

    def find_payout(self, payout: Payout) -> PayoutFact:
        if not self.is_honest and self.chance.random() < 0.3:
            return PayoutFact(K.UNKNOWN, payout.payout_id)
        if payout.payout_id not in self.held:
            return PayoutFact(K.NOT_FOUND, payout.payout_id)
        return self._say(payout.payout_id)

    def _say(self, payout_id: str) -> PayoutFact:
        truth = self.held[payout_id]
        drifts = not self.is_honest and self.chance.random() < 0.1
        return replace(truth, amount_minor=(truth.amount_minor or 0) + 1) if drifts else truth

    def move(self) -> None:
        """Something happens to one of the payouts."""
        if not self.held:
            return
        fact = self.held[self.chance.choice(sorted(self.held))]
        if fact.kind is K.PENDING:
            kind = self.chance.choice([K.SUCCEEDED, K.SUCCEEDED, K.FAILED])
            self._tell(replace(fact, kind=kind, failure="closed" if kind is K.FAILED else None))
        elif fact.kind is K.SUCCEEDED and not self.is_honest and self.chance.random() < 0.4:
            self._tell(replace(fact, kind=K.FAILED, returned=True, failure="sent_back"))

    def _tell(self, fact: PayoutFact) -> None:
        self.held[fact.payout_id] = fact
        self.news.append(fact)

    @property
    def paid_out(self) -> int:
        """What has left, and not come back."""
        paid = (fact for fact in self.held.values() if fact.kind is K.SUCCEEDED)
        return sum(fact.amount_minor or 0 for fact in paid)


TROUBLES = ["never sent", "lost on the way", "refused", "no answer", "dies"]


@dataclass
class History:
    """One seller's payouts, with everything happening in any order."""

    seed: int

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.bank = Bank(chance=self.chance)
        self.house = House(gateway=self.bank)
        self.workflows = FakeWorkflows()
        self.earned = self.taken = self.count = 0
        self.contradictions = 0

    def live(self) -> None:
        acts: list[Callable[[], object]] = [self.earn, self.take, self.open, self.cancel]
        acts += [self.approve, self.bank.move, self.webhook, self.wait]
        acts += [self.advance] * 4
        for _ in range(EVENTS):
            self.do(self.chance.choice(acts))
            self.check()

    def settle(self) -> None:
        """The trouble is over: every payout is walked to its end, every webhook delivered."""
        self.bank.is_honest = True
        for _ in range(60):
            for payout_id in list(self.house.payouts.rows):
                self.do(partial(self.advance, payout_id))
            for fact in self.bank.news:
                self.apply(fact)
            self.approve()
            self.house.clock.advance(HOUR)
            self.bank.move()
            self.check()
        for payout_id in list(self.house.payouts.rows):
            attend_payout(payout_id, Attending(self.house.books, self.workflows))

    def do(self, act: Callable[[], object]) -> None:
        """An act that may be refused, may lose a race, and may cost the process its life."""
        if self.chance.random() < 0.1:
            self.house.payouts.interfere.append(self.nudge)
        try:
            act()
        except (Rejected, Conflict, Died):
            pass
        finally:
            self.house.payouts.interfere.clear()

    def nudge(self) -> None:
        """Somebody else gets in first."""
        self.chance.choice([self.earn, self.take, self.crash])()

    def crash(self) -> None:
        raise Died

    def earn(self) -> None:
        minor = self.chance.randint(100, 9_000)
        self.count += 1
        self.house.earn(minor, f"sale{self.count}")
        self.earned += minor

    def take(self) -> None:
        """A refund: from what is available, or else as debt."""
        minor = self.chance.randint(1, 3_000)
        self.count += 1
        self.taken += minor
        available = min(minor, self.house.available)
        legs = {"seller_available:s1": available, "seller_receivable:s1": minor - available}
        self.house.book(movement(f"refund{self.count}", legs))

    def open(self) -> None:
        self.count += 1
        amount = self.chance.choice([None, self.chance.randint(1, 12_000)])
        open_payout(a_wish(payout_id=f"po_{self.count}", amount_minor=amount), self.house.opening)

    def some(self) -> str:
        return self.chance.choice([*sorted(self.house.payouts.rows), "po_none"])

    def cancel(self) -> None:
        cancel_payout(self.some(), self.house.books)

    def approve(self) -> None:
        for payout in list(self.house.payouts.rows.values()):
            if payout.status is S.PENDING_APPROVAL:
                approve_payout(payout.payout_id, LINUS, self.house.payouts, self.house.clock)

    def advance(self, payout_id: str | None = None) -> None:
        advance_payout(payout_id or self.some(), self.house.advancing)

    def wait(self) -> None:
        self.house.clock.advance(self.chance.choice([SECOND, 20 * SECOND, HOUR]))

    def webhook(self) -> None:
        """Any event the PSP ever sent: late, twice, out of order."""
        if self.bank.news:
            self.apply(self.chance.choice(self.bank.news))

    def apply(self, fact: PayoutFact) -> None:
        payout = self.house.payouts[fact.payout_id]
        verdict, changed = apply_payout_fact(
            payout, fact, self.house.clock.now(), self.house.policy
        )
        self.contradictions += verdict is Verdict.CONTRADICTION
        if verdict is Verdict.APPLIED:
            self.house.payouts.commit(PayoutChange(payout, changed))

    def check(self) -> None:
        """True at every moment, whoever died in the middle of what."""
        wallet = self.house.ledger.wallets([S1_EUR])[S1_EUR]
        assert wallet.total == 0
        for name, minor in wallet.balances.items():
            account = parse_account(name)
            assert account.wallet_owner is None or account.shown(minor) >= 0, name
        house = self.house
        assert self.earned - self.taken == (
            house.available + house.in_payout - house.in_bank - house.debt
        )
        reserved = sum(
            p.amount_minor
            for p in house.payouts.rows.values()
            if p.booked and (not p.is_resting and set(p.booked) == {"payout_reserve"})
        )
        assert house.in_payout == reserved
        open_ones = [p for p in house.payouts.rows.values() if not p.is_resting]
        assert len([p for p in open_ones if p.status is not S.RETURNED]) <= 1
        assert all(len(keys) == 1 for keys in self.bank.sent.values())


@pytest.mark.parametrize("part", range(8))
def test_what_the_bank_paid_is_what_the_books_say(part: int) -> None:
    ends: set[PayoutStatus] = set()
    for seed in SEEDS[part::8]:
        history = History(seed)
        history.live()
        history.settle()

        payouts = history.house.payouts.rows.values()
        assert all(p.is_resting for p in payouts if p.status not in AT_PSP), seed
        assert not [p for p in payouts if p.status in AT_PSP], seed
        assert -history.house.in_bank == history.bank.paid_out, seed
        assert history.house.in_payout == 0, seed
        assert history.contradictions == 0, seed
        ends |= {p.status for p in payouts}

    assert ends == {S.PAID, S.FAILED, S.RETURNED, S.CANCELLED}
