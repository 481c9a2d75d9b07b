"""One seller's money under every sequence of events that a seed can think of.

A `Market` has a few orders of one seller and a PSP of its own. Each step is drawn from ACTIONS:
capture, delivery, refunds, disputes, payouts, the PSP's mail (late, twice, lost, out of order),
lies, journals booked all or in part, time. Everything goes through the real domain and use cases
over the books in memory. The PSP keeps its own simple count of what it owes us, and that is what
the books are held against.

To add a kind of event: a method that takes one step and tells it to `story`, its weight in ACTIONS,
what it does at the PSP in `Psp`, how it ends in `Market.settle`, and what must hold of it in
`Market.check`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from countinghouse.bookkeeping import book
from countinghouse.domain.dispute import (
    LOST_DISPUTES,
    OPEN_DISPUTES,
    WON_DISPUTES,
    DisputeStage,
    DisputeStatus,
)
from countinghouse.domain.errors import IllegalTransition, Invalid, Rejected
from countinghouse.domain.fees import FeeRule, fee_on, freeze_fee
from countinghouse.domain.instants import DAY, HOUR, MINUTE, SECOND
from countinghouse.domain.ledger import totals
from countinghouse.domain.market_rules import DisputeRules, PayoutRules, ReserveRule
from countinghouse.domain.order import CAPTURED_STATUSES, CaptureMode, Order, OrderStatus
from countinghouse.domain.order_conversion import captured_sides, seller_amount
from countinghouse.domain.order_delivery import deliver, refunded_minor, share_of
from countinghouse.domain.order_disputes import apply_dispute_fact
from countinghouse.domain.order_facts import Verdict, apply_fact
from countinghouse.domain.order_journals import order_drafts
from countinghouse.domain.order_refunds import apply_refund_fact, request_refund
from countinghouse.domain.payout import AT_PSP, Payout
from countinghouse.domain.payout_account import BankAccount
from countinghouse.domain.payout_facts import apply_payout_fact
from countinghouse.domain.psp import (
    DisputeFact,
    Fact,
    FactKind,
    PayoutFact,
    RefundFact,
    SettlementKind,
)
from countinghouse.domain.refund import Refund, RefundStatus
from countinghouse.domain.wallet import Wallet, wallet_parts
from countinghouse.ports.payouts import PayoutChange
from countinghouse.usecases.advance_payout import advance_payout
from countinghouse.usecases.cancel_payout import cancel_payout
from countinghouse.usecases.open_payout import open_payout
from countinghouse.usecases.post_orders import post_orders
from countinghouse.usecases.release_reserves import release_reserves
from countinghouse.usecases.tend_order import Tending, tend_order
from tests.builders import POLICY, a_dispute_fact, a_fact, a_request, an_order
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger
from tests.payouts import House, a_wish

D = DisputeStatus
F = SettlementKind
T = DisputeStage

AMOUNTS = (1, 2, 3, 99, 1_000, 7_000, 7_001, 123_457)
FEES = (0, 1, 333, 1_000, 10_000)
RESERVES = (ReserveRule(0, 0), ReserveRule(500, 30), ReserveRule(3_333, 3), ReserveRule(10_000, 90))
TIMES = (SECOND, MINUTE, HOUR, 5 * HOUR, DAY, 4 * DAY, 40 * DAY)
REASONS = ("fraudulent", "not_received")
ROUNDS_MAX = 60
RECEIVABLE = "psp_receivable:sandbox"
_PAYOUT_KINDS = {
    "in_transit": F.PENDING,
    "paid": F.SUCCEEDED,
    "failed": F.FAILED,
    "returned": F.FAILED,
}
PAYOUTS = PayoutRules(minimum_minor={}, approval_above_minor={}, cool_off=0)
_NEXT_STAGE = {T.PRE_DISPUTE: T.DISPUTE, T.DISPUTE: T.PRE_ARBITRATION}


@dataclass
class PspRefund:
    """A refund in the PSP's own book."""

    order_id: str
    key: str
    amount: int
    status: str = "pending"


@dataclass
class PspDispute:
    """A dispute in the PSP's own book; `late` is money that it moves with its next snapshot."""

    reference: str
    order_id: str
    amount: int
    reason: str
    stage: DisputeStage = T.DISPUTE
    status: DisputeStatus = D.OPENED
    withdrawn: int = 0
    fee: int = 0
    sequence: int = 0
    late: int | None = None


@dataclass
class PspPayout:
    """A payout in the PSP's own book."""

    payout_id: str
    amount: int
    status: str = "in_transit"


@dataclass
class Psp:
    """Knows what it took, gave back and withheld; says so by mail, and when it is asked."""

    chance: random.Random
    clock: FakeClock
    captured: dict[str, int] = field(default_factory=dict)
    refunds: dict[str, PspRefund] = field(default_factory=dict)
    disputes: dict[str, PspDispute] = field(default_factory=dict)
    payouts: dict[str, PspPayout] = field(default_factory=dict)
    mail: list[tuple[str, Fact]] = field(default_factory=list)
    is_reliable: bool = False
    currency: str = "EUR"

    def owes(self) -> int:
        """What it has of ours: all that it took, less what it gave back, withheld and charged."""
        returned = sum(r.amount for r in self.refunds.values() if r.status == "succeeded")
        withheld = sum(d.withdrawn + d.fee for d in self.disputes.values())
        return sum(self.captured.values()) - returned - withheld

    def paid_out(self) -> int:
        """What it sent to sellers' banks, and no bank sent back."""
        return sum(p.amount for p in self.payouts.values() if p.status == "paid")

    def odds(self, chance: float) -> bool:
        """Whether something goes wrong, which it never does once the PSP is reliable."""
        return not self.is_reliable and self.chance.random() < chance

    def refund(self, order: Order, refund: Refund) -> RefundFact:
        if self.odds(0.1):
            return RefundFact(F.NOT_SENT, refund.key)
        if refund.key not in self.refunds:
            if self._refuses(order, refund):
                return RefundFact(F.FAILED, refund.key, failure="psp_refused")
            taken_in = PspRefund(order.order_id, refund.key, refund.amount_minor)
            if self.chance.random() < 0.5:
                taken_in.status = "succeeded"
            self.refunds[refund.key] = taken_in
            self._tell_refund(taken_in)
        return self.find_refund(order, refund)

    def find_refund(self, order: Order, refund: Refund) -> RefundFact:
        if self.odds(0.15):
            return RefundFact(F.UNKNOWN, refund.key)
        if refund.key not in self.refunds:
            return RefundFact(F.NOT_FOUND, refund.key)
        return self._refund_fact(self.refunds[refund.key])

    def _refuses(self, order: Order, refund: Refund) -> bool:
        mine = [r for r in self.refunds.values() if r.order_id == order.order_id]
        left = self.captured[order.order_id] - sum(r.amount for r in mine if r.status != "failed")
        return refund.amount_minor > left or self.odds(0.1)

    def _refund_fact(self, refund: PspRefund) -> RefundFact:
        return RefundFact(
            F(refund.status),
            refund.key,
            f"re_{refund.key}",
            refund.amount,
            self.currency,
            self.clock.now(),
        )

    def _tell_refund(self, refund: PspRefund) -> None:
        self.mail.append((refund.order_id, self._refund_fact(refund)))

    def move_refund(self, refund: PspRefund, status: str) -> None:
        """A refund is pending, then succeeded or failed, and what succeeded may fail later."""
        refund.status = status
        self._tell_refund(refund)

    def open_dispute(self, order_id: str, amount: int) -> PspDispute:
        """A dispute at any stage but the last."""
        dispute = PspDispute(
            f"dp_{len(self.disputes)}",
            order_id,
            amount,
            self.chance.choice(REASONS),
            self.chance.choice([T.PRE_DISPUTE, T.DISPUTE, T.DISPUTE]),
        )
        self.disputes[dispute.reference] = dispute
        self._move_money(dispute, amount if dispute.stage is not T.PRE_DISPUTE else 0)
        self.tell_dispute(dispute)
        return dispute

    def move_dispute(self, dispute: PspDispute) -> None:
        """One legal step of a dispute: late money, an answer, an end, the next stage."""
        stage = _NEXT_STAGE.get(dispute.stage)
        if dispute.late is not None:
            dispute.withdrawn, dispute.late = dispute.late, None
        elif dispute.status in OPEN_DISPUTES:
            ends = [D.ACCEPTED, D.EXPIRED, D.CANCELLED, D.WON, D.LOST]
            steps = [*ends, *([D.CHALLENGED] if dispute.status is D.OPENED else [])]
            if dispute.stage is T.PRE_DISPUTE and stage and self.chance.random() < 0.4:
                self._open_stage(dispute, stage)
            else:
                self._end(dispute, self.chance.choice(steps))
        elif stage and (dispute.status is D.WON or dispute.stage is T.PRE_DISPUTE):
            self._open_stage(dispute, stage)
        else:
            return
        self.tell_dispute(dispute)

    def _open_stage(self, dispute: PspDispute, stage: DisputeStage) -> None:
        dispute.stage, dispute.status = stage, D.OPENED
        self._move_money(dispute, dispute.amount)

    def _end(self, dispute: PspDispute, status: DisputeStatus) -> None:
        dispute.status = status
        if status in WON_DISPUTES:
            self._move_money(dispute, 0)
        elif status in LOST_DISPUTES and dispute.stage is not T.PRE_DISPUTE:
            self._move_money(dispute, dispute.amount)

    def _move_money(self, dispute: PspDispute, withdrawn: int) -> None:
        if withdrawn > dispute.withdrawn:
            dispute.fee += self.chance.choice([0, 1_500])
        if withdrawn != dispute.withdrawn and self.odds(0.2):
            dispute.late = withdrawn
        else:
            dispute.withdrawn, dispute.late = withdrawn, None

    def tell_dispute(self, dispute: PspDispute) -> None:
        """Mail the dispute as it stands."""
        dispute.sequence += 1
        self.mail.append((dispute.order_id, self.dispute_fact(dispute)))

    def dispute_fact(self, dispute: PspDispute) -> DisputeFact:
        return a_dispute_fact(
            psp_reference=dispute.reference,
            stage=dispute.stage,
            status=dispute.status,
            amount_minor=dispute.amount,
            currency=self.currency,
            reason=dispute.reason,
            sequence=dispute.sequence,
            occurred_at=self.clock.now(),
            withdrawn_minor=dispute.withdrawn,
            fee_minor=dispute.fee,
        )

    def pay_out(self, payout: Payout) -> PayoutFact:
        if self.odds(0.1):
            return PayoutFact(F.NOT_SENT, payout.payout_id)
        if payout.payout_id not in self.payouts:
            if self.odds(0.1):
                return PayoutFact(F.FAILED, payout.payout_id, failure="psp_refused")
            self.payouts[payout.payout_id] = PspPayout(payout.payout_id, payout.amount_minor)
            self._tell_payout(self.payouts[payout.payout_id])
        return self.find_payout(payout)

    def find_payout(self, payout: Payout) -> PayoutFact:
        if self.odds(0.15):
            return PayoutFact(F.UNKNOWN, payout.payout_id)
        if payout.payout_id not in self.payouts:
            return PayoutFact(F.NOT_FOUND, payout.payout_id)
        return self._payout_fact(self.payouts[payout.payout_id])

    def find_bank_account(self, bank_account: str) -> BankAccount | None:
        return None

    def _payout_fact(self, payout: PspPayout) -> PayoutFact:
        return PayoutFact(
            _PAYOUT_KINDS[payout.status],
            payout.payout_id,
            f"pay_{payout.payout_id}",
            payout.amount,
            "EUR",
            self.clock.now(),
            returned=payout.status == "returned",
        )

    def _tell_payout(self, payout: PspPayout) -> None:
        self.mail.append((payout.payout_id, self._payout_fact(payout)))

    def move_payout(self, payout: PspPayout, status: str) -> None:
        """A payout is in transit, then paid or failed, and what was paid may come back."""
        payout.status = status
        self._tell_payout(payout)

    def finish(self) -> None:
        """Bring everything under way to an end."""
        self.is_reliable = True
        for refund in self.refunds.values():
            if refund.status == "pending":
                self.move_refund(refund, self.chance.choice(["succeeded", "failed"]))
        for payout in self.payouts.values():
            if payout.status == "in_transit":
                self.move_payout(payout, self.chance.choice(["paid", "failed"]))
        for dispute in self.disputes.values():
            while dispute.status in OPEN_DISPUTES or dispute.late is not None:
                self.move_dispute(dispute)
            # Whatever was lost on the way is made good by the newest snapshot.
            self.tell_dispute(dispute)


@dataclass
class Market:
    """The seller `s1`, in EUR, with a few orders."""

    seed: int
    story: list[str] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    done: Counter[str] = field(default_factory=Counter)
    currency: str = "EUR"

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.psp = Psp(self.chance, self.clock, currency=self.currency)
        liable = frozenset(REASONS[1:]) if self.chance.random() < 0.5 else frozenset[str]()
        self.rules = DisputeRules(liable, fee_given_back_when_lost=self.chance.random() < 0.5)
        self.house = House(self.psp, self.clock, PAYOUTS, POLICY, ledger=self.ledger)  # type: ignore[arg-type]
        self.tending = Tending(self.orders, self.ledger, self.psp, self.clock, POLICY)
        for number in range(self.chance.randint(1, 3)):
            self.orders.put(self._an_order(f"o{number}"))
        self.ids = sorted(self.orders.rows)
        for order in list(self.orders.rows.values()):
            if self.chance.random() < 0.8:
                self.capture(order)
                if self.chance.random() < 0.5:
                    self.deliver(self.orders[order.order_id])

    def _an_order(self, order_id: str) -> Order:
        amount = self.chance.choice(AMOUNTS)
        rule = FeeRule("r", self.chance.choice(FEES), self.chance.choice([0, 1_900]))
        manual = self.chance.random() < 0.3
        return an_order(
            OrderStatus.AUTHORIZED if manual else OrderStatus.SENT,
            order_id,
            capture_mode=CaptureMode.MANUAL if manual else CaptureMode.AUTOMATIC,
            amount_minor=amount,
            fee=freeze_fee(amount, "EUR", rule),
            due_at=None,
        )

    def run(self, steps: int) -> None:
        """Take steps, bring everything to rest, and hold the books against the PSP."""
        actions, weights = zip(*ACTIONS, strict=True)
        for action in self.chance.choices(actions, weights, k=steps):
            order = self.orders[self.chance.choice(self.ids)]
            action(self, order)
            self.check_order(self.orders[order.order_id])
        self.settle()
        self.check()

    def tell(self, what: str) -> None:
        """Note a step."""
        self.story.append(what)
        self.done[what.partition(" ")[0]] += 1

    # --- steps --------------------------------------------------------------------------------

    def capture(self, order: Order) -> None:
        """The PSP takes the money, all or, by hand, a part; or says so again."""
        known = self.psp.captured.get(order.order_id)
        taken = order.amount_minor if known is None else known
        if known is None and order.capture_mode is CaptureMode.MANUAL:
            taken = self.chance.randint(1, order.amount_minor)
        self.psp.captured[order.order_id] = taken
        self.hear(order.order_id, a_fact(order, FactKind.CAPTURED, captured_minor=taken))
        self.tell(f"capture {order.order_id} {taken}")

    def deliver(self, order: Order) -> None:
        """The buyer gets the goods, now or some days ago."""
        at = self.clock.now() - self.chance.choice([0, DAY, 40 * DAY])
        rule = self.chance.choice(RESERVES)
        try:
            self._store(order, deliver(order, at, self.clock.now(), rule))
        except IllegalTransition:
            self.tell(f"undeliverable {order.order_id}")
        else:
            self.tell(f"deliver {order.order_id} {rule}")

    def request_refund(self, order: Order) -> None:
        """Somebody wants a refund: a part, all that is left, too much, or the same again."""
        left = max(1, order.captured_minor - refunded_minor(order))
        amount = self.chance.choice([None, 1, left, self.chance.randint(1, left), left + 1, 0])
        request = a_request(amount, f"r{len(order.refunds)}")
        if order.refunds and self.chance.random() < 0.2:
            again = self.chance.choice(order.refunds)
            request = replace(request, refund_id=again.refund_id, fingerprint=again.fingerprint)
        try:
            self._store(order, request_refund(order, request, self.clock.now()))
        except (IllegalTransition, Invalid) as refusal:
            self.tell(f"refused {order.order_id} refund {amount}: {refusal.detail}")
        else:
            self.tell(f"refund {order.order_id} {request.refund_id} {amount}")

    def tend(self, order: Order) -> None:
        """A message about the order comes in, at its time or before."""
        if self.chance.random() < 0.5 and order.due_at is not None:
            self.clock.instant = max(self.clock.instant, order.due_at)
        tended = tend_order(order.order_id, self.tending)
        refunds = [f"{r.refund_id}:{r.status}" for r in tended.refunds] if tended else []
        self.tell(f"tend {order.order_id} {refunds}")

    def settle_refund(self, order: Order) -> None:
        """The PSP brings a refund further, or back."""
        steps = {"pending": ("succeeded", "failed"), "succeeded": ("failed",)}
        movable = [r for r in self.psp.refunds.values() if r.status in steps]
        if movable:
            refund = self.chance.choice(movable)
            self.psp.move_refund(refund, self.chance.choice(steps[refund.status]))
            self.tell(f"psp {refund.key} {refund.status}")

    def open_dispute(self, order: Order) -> None:
        """A bank disputes a part or all of an order."""
        captured = self.psp.captured.get(order.order_id, 0)
        mine = [d for d in self.psp.disputes.values() if d.order_id == order.order_id]
        if captured and len(mine) < 3:
            amount = self.chance.choice([captured, self.chance.randint(1, captured)])
            dispute = self.psp.open_dispute(order.order_id, amount)
            self.tell(f"dispute {dispute}")

    def move_dispute(self, order: Order) -> None:
        """A dispute takes a step."""
        if self.psp.disputes:
            dispute = self.chance.choice(list(self.psp.disputes.values()))
            self.psp.move_dispute(dispute)
            self.tell(f"disputed {dispute}")

    def read_mail(self, order: Order) -> None:
        """Something the PSP mailed comes in: out of turn, perhaps not for the last time."""
        if not self.psp.mail:
            return
        place = self.chance.randrange(len(self.psp.mail))
        order_id, fact = self.psp.mail[place]
        if self.chance.random() < 0.8:
            del self.psp.mail[place]
        if isinstance(fact, DisputeFact) and self.chance.random() < 0.1:
            self.tell(f"lost {order_id} {_shown(fact)}")
            return
        self.tell(f"mail {order_id} {_shown(fact)}: {self.believe(order_id, fact)}")

    def lie(self, order: Order) -> None:
        """Somebody says what cannot be; nothing may come of it."""
        whole, paid_in = max(1, order.captured_minor), self.psp.currency
        a_lie = a_dispute_fact(psp_reference="lie", currency=paid_in)
        lies: list[Fact] = [
            a_dispute_fact(psp_reference="lie", currency="CHF", amount_minor=1, withdrawn_minor=0),
            replace(a_lie, amount_minor=whole + 1, withdrawn_minor=0),
            replace(a_lie, amount_minor=whole, withdrawn_minor=whole + 1),
            RefundFact(F.SUCCEEDED, f"{order.order_id}:refund:99", "re_9", 1, paid_in),
            *(
                RefundFact(F.SUCCEEDED, r.key, "re_9", r.amount_minor + 1, paid_in)
                for r in order.refunds
            ),
        ]
        if order.status in CAPTURED_STATUSES:
            lies += [a_fact(order, kind) for kind in (FactKind.VOIDED, FactKind.DECLINED)]
        said = self.chance.choice(lies)
        verdict = self.hear(order.order_id, said)
        assert verdict is not Verdict.APPLIED, f"{order.order_id} believed {said}"
        self.tell(f"lie {order.order_id} {_shown(said)}: {verdict}")

    def post(self, order: Order) -> None:
        """Every journal of some orders is booked."""
        ids = self.chance.sample(self.ids, self.chance.randint(1, len(self.ids)))
        failed = post_orders(ids, self.orders, self.ledger, self.ledger, self.clock)
        assert failed == {}, f"{ids} cannot be booked: {failed}"
        self.tell(f"post {ids}")

    def post_some(self, order: Order) -> None:
        """Somebody dies after some of an order's journals."""
        drafts = order_drafts(order, self.clock.now())
        posted = self.ledger.posted(draft.key for draft in drafts)
        some = [draft for draft in drafts if draft.key not in posted][: self.chance.randint(1, 2)]
        assert book(some, self.ledger, self.ledger) == {}
        self.tell(f"some {order.order_id} {[str(d.booking.kind) for d in some]}")

    def open_payout(self, order: Order) -> None:
        """The seller wants money: all that is payable, a part, or too much."""
        amount = self.chance.choice([None, None, 1, self.chance.randint(1, 10_000)])
        wish = a_wish(payout_id=f"po_{len(self.house.payouts.rows)}", amount_minor=amount)
        try:
            opened = open_payout(wish, self.house.opening)
        except Rejected as refusal:
            self.tell(f"unpayable {amount}: {refusal.detail}")
        else:
            self.tell(f"payout {wish.payout_id} {opened.payout and opened.payout.amount_minor}")

    def advance(self, order: Order) -> None:
        """A payout's workflow takes a step, at its time or before; now and then it is cancelled."""
        walking = [p for p in self.house.payouts.rows.values() if not p.is_resting]
        if not walking:
            return
        payout = self.chance.choice(walking)
        if self.chance.random() < 0.05:
            with suppress(IllegalTransition):
                cancel_payout(payout.payout_id, self.house.books)
        if self.chance.random() < 0.5 and payout.next_at is not None:
            self.clock.instant = max(self.clock.instant, payout.next_at)
        advanced = advance_payout(payout.payout_id, self.house.advancing).payout
        self.tell(f"advance {payout.payout_id} {advanced.status}")

    def settle_payout(self, order: Order) -> None:
        """The PSP brings a payout further, or back."""
        steps = {"in_transit": ("paid", "paid", "failed"), "paid": ("returned",)}
        movable = [p for p in self.psp.payouts.values() if p.status in steps]
        if movable:
            payout = self.chance.choice(movable)
            self.psp.move_payout(payout, self.chance.choice(steps[payout.status]))
            self.tell(f"bank {payout.payout_id} {payout.status}")

    def wait(self, order: Order) -> None:
        """Time passes, and what is free of the reserve is released."""
        by = self.chance.choice(TIMES)
        self.clock.advance(by)
        freed = release_reserves(order.wallet, self.ledger, self.clock)
        self.tell(f"wait {by // SECOND}s, {freed} tranches")

    # --- how facts get in ---------------------------------------------------------------------

    def hear(self, order_id: str, fact: Fact) -> Verdict:
        """Take in what the PSP says, as the inbox does."""
        now = self.clock.now()
        if isinstance(fact, PayoutFact):
            return self._hear_of_payout(fact)
        order = self.orders[order_id]
        if isinstance(fact, RefundFact):
            verdict, changed = apply_refund_fact(order, fact, now, POLICY)
        elif isinstance(fact, DisputeFact):
            verdict, changed = apply_dispute_fact(order, fact, now, self.rules)
        else:
            applied = apply_fact(order, fact, now, POLICY)
            verdict, changed = applied.verdict, applied.order
        if verdict is Verdict.APPLIED:
            self._store(order, changed)
        return verdict

    def _hear_of_payout(self, fact: PayoutFact) -> Verdict:
        payout = self.house.payouts[fact.payout_id]
        verdict, changed = apply_payout_fact(payout, fact, self.clock.now(), POLICY)
        if verdict is Verdict.APPLIED:
            self.house.payouts.commit(PayoutChange(payout, changed))
        return verdict

    def believe(self, order_id: str, fact: Fact) -> Verdict:
        """Take in what is true: late or early, it never contradicts what we know."""
        verdict = self.hear(order_id, fact)
        assert verdict is not Verdict.CONTRADICTION, f"{order_id} contradicts {fact}"
        return verdict

    def _store(self, order: Order, changed: Order) -> None:
        if changed is not order:
            assert changed.version == order.version + 1
            self.orders.replace(order, changed)

    # --- the end ------------------------------------------------------------------------------

    def settle(self) -> None:
        """Everything under way ends, all the news arrive, all that is due is done."""
        for _ in range(ROUNDS_MAX):
            self.psp.finish()
            self.chance.shuffle(self.psp.mail)
            while self.psp.mail:
                self.believe(*self.psp.mail.pop())
            assert post_orders(self.ids, self.orders, self.ledger, self.ledger, self.clock) == {}
            due = [o for o in self.orders.rows.values() if o.due_at and not self._is_stuck(o)]
            payouts = [p for p in self.house.payouts.rows.values() if self._is_walking(p)]
            if not due and not payouts and not self.psp.mail:
                return
            for payout in payouts:
                self.clock.instant = max(self.clock.instant, payout.next_at or 0)
                advance_payout(payout.payout_id, self.house.advancing)
            for order in due:
                self.clock.instant = max(self.clock.instant, order.due_at or 0)
                tend_order(order.order_id, self.tending)

    def _is_walking(self, payout: Payout) -> bool:
        """Whether it is not over, and does not wait for a person either."""
        first = payout.first_sent_at
        too_old = first is not None and self.clock.now() - first > POLICY.key_window
        forgotten = too_old and payout.payout_id not in self.psp.payouts
        return not payout.is_resting and not (forgotten and payout.status in AT_PSP)

    def _is_stuck(self, order: Order) -> bool:
        """Whether it waits for a person: the PSP does not know a refund whose key is too old."""
        return any(self._is_forgotten(refund) for refund in order.refunds)

    def _is_forgotten(self, refund: Refund) -> bool:
        too_old = self.clock.now() - (refund.first_sent_at or self.clock.now()) > POLICY.key_window
        return refund.is_open and too_old and refund.key not in self.psp.refunds

    # --- what must hold -----------------------------------------------------------------------

    @property
    def wallet(self) -> Wallet:
        """The seller's wallet."""
        address = self.orders[self.ids[0]].wallet
        return self.ledger.wallets([address])[address]

    @property
    def platform(self) -> Mapping[str, int]:
        """The accounts at the PSP, in the currency it took the money in."""
        return self.wallet.balances

    def check_order(self, order: Order) -> None:
        """What holds of an order at every moment."""
        share, refunded = share_of(order), refunded_minor(order)
        captured = captured_sides(order).seller_minor
        parts = (share.pending, share.fee, share.tax, share.reserve, share.seller)
        assert min(parts) >= 0, f"{order.order_id} has a negative share: {share}"
        assert share.total <= captured, f"{share} of {captured}"
        assert 0 <= refunded <= order.captured_minor, f"{refunded} of {order.captured_minor}"
        for name, minor in self.wallet.balances.items():
            owned = name.startswith("seller_")
            below = minor < 0 if name.startswith("seller_receivable") else minor > 0
            assert not (owned and below), f"{name} is below zero: {minor}"

    def check(self) -> None:
        """What holds when everything is at rest."""
        self._check_books()
        balances, platform = self.wallet.balances, self.platform
        assert platform.get(RECEIVABLE, 0) == self.psp.owes(), "the PSP counts otherwise"
        assert -balances.get("bank:sandbox", 0) == self.psp.paid_out(), "the bank counts otherwise"
        walking = [p for p in self.house.payouts.rows.values() if not p.is_resting]
        waiting = sum(payout.amount_minor for payout in walking)
        assert -balances.get("seller_in_payout:s1", 0) == waiting, walking
        assert len(walking) <= 1, walking
        losses, fees = self._expected_costs()
        assert platform.get("chargeback_loss", 0) == losses
        assert platform.get("dispute_fee_expense", 0) == fees
        for order in self.orders.rows.values():
            self.check_order(order)
            self._check_rest(order)
            self._check_fee(order)

    def _check_books(self) -> None:
        """Every journal balances, one wallet has them all, and it is what they add up to."""
        fold: Counter[str] = Counter()
        for row in self.ledger.linked.values():
            assert set(totals(row.journal.legs).values()) == {0}, row.journal
            ((address, legs),) = wallet_parts(row.journal).items()
            assert address == self.wallet.address, row.journal
            for leg in legs:
                fold[leg.account.name] += leg.amount.minor
        folded = {name: minor for name, minor in fold.items() if minor}
        assert dict(self.wallet.balances) == folded, "the wallet is not its journals"

    def _expected_costs(self) -> tuple[int, int]:
        """What lost disputes cost the platform, and what the PSP charged for disputes."""
        told = {d.psp_reference for o in self.orders.rows.values() for d in o.disputes}
        disputes = [d for d in self.psp.disputes.values() if d.reference in told]
        borne = [d for d in disputes if d.reason in self.rules.platform_liable_reasons]
        losses = sum(d.withdrawn for d in borne if d.status in LOST_DISPUTES)
        return losses, sum(d.fee for d in disputes)

    def _check_rest(self, order: Order) -> None:
        """Nothing is left in between: clearing, suspense and hold are empty when all is over."""
        forgotten = self._is_stuck(order)
        still_open = [r for r in order.refunds if r.is_open]
        assert forgotten or not still_open, f"a refund never ends: {still_open}"
        assert order.booked == len(order.bookings) or forgotten, "a booking is not known as booked"
        assert order.due_at is None or forgotten, f"{order.order_id} is due for ever"
        assert not any(d.is_open for d in order.disputes), order.disputes
        left = self._left_of(order)
        if not forgotten:
            assert left["refund_clearing"] == 0, left
        assert left["chargeback_suspense"] == 0, left
        assert left["seller_dispute_hold:s1"] == 0, left
        for refund in order.refunds:
            theirs = self.psp.refunds.get(refund.key)
            returned = refund.status is RefundStatus.SUCCEEDED
            assert returned == (theirs is not None and theirs.status == "succeeded"), refund

    def _left_of(self, order: Order) -> Counter[str]:
        left: Counter[str] = Counter()
        for journal in self.ledger.journals(order.order_id):
            for leg in journal.legs:
                left[leg.account.name] += leg.amount.minor
        return left

    def _check_fee(self, order: Order) -> None:
        """The platform's part is the frozen one, less that of what went back."""
        left = self._left_of(order)
        booked = -left["platform_fee_revenue"], -left["fee_tax_payable"]
        if order.delivery is None:
            assert booked == (0, 0), booked
            return
        if order.disputes:
            return
        frozen = fee_on(order.fee, seller_amount(order), captured_sides(order).seller_minor)
        kept = order.captured_minor - refunded_minor(order)
        for minor, whole in zip(booked, frozen, strict=True):
            # Each refund may round by less than one minor unit, and its conversion by another.
            error = abs(minor * order.captured_minor - whole * kept)
            roundings = (len(order.refunds) + 1) * (2 if order.conversion else 1)
            assert error <= roundings * order.captured_minor, (booked, frozen)
        if not order.refunds:
            assert booked == frozen


def _shown(fact: Fact) -> str:
    if isinstance(fact, PayoutFact):
        return f"{fact.payout_id} {fact.kind}{' returned' if fact.returned else ''}"
    if isinstance(fact, DisputeFact):
        money = f"{fact.withdrawn_minor}+{fact.fee_minor} of {fact.amount_minor}"
        return f"{fact.psp_reference}#{fact.sequence} {fact.stage} {fact.status} {money}"
    return f"{fact.key} {fact.kind}"


ACTIONS: tuple[tuple[Callable[[Market, Order], None], int], ...] = (
    (Market.capture, 1),
    (Market.deliver, 2),
    (Market.request_refund, 4),
    (Market.tend, 6),
    (Market.settle_refund, 3),
    (Market.open_dispute, 1),
    (Market.move_dispute, 3),
    (Market.open_payout, 3),
    (Market.advance, 6),
    (Market.settle_payout, 3),
    (Market.read_mail, 6),
    (Market.lie, 1),
    (Market.post, 6),
    (Market.post_some, 2),
    (Market.wait, 3),
)
"""What can happen next, and how often."""


def played(seeds: range, steps: int = 40, kind: type[Market] = Market) -> Iterator[Market]:
    """One market a seed. Raises AssertionError with the seed and the whole sequence."""
    for seed in seeds:
        market = kind(seed)
        try:
            market.run(steps)
        except Exception as wrong:
            story = "\n".join(market.story)
            raise AssertionError(f"seed {seed}: {wrong!r}\nafter\n{story}") from wrong
        yield market
