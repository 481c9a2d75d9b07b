"""One order whose buyer may act at any moment, or never, at a PSP that may never say so.

The buyer acts before, while and after we end the order; the bank takes its time; answers of charge,
question and void are lost, workers die, and every webhook comes late, twice and in any order. Once
nothing fails any more, the order is paid, or it is over and the PSP holds nothing of it; what a
buyer pushed too late is on its way back.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tests.strategies  # noqa: F401 - loads the profile
from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import DAY, HOUR
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_facts import Verdict, apply_fact
from countinghouse.domain.order_late import taken_late
from countinghouse.domain.psp import FactKind, PspFact
from countinghouse.usecases.execute_order import ExecuteOrder, Execution, execute_order
from tests.builders import POLICY, a_fact, a_payment, a_submission, an_info
from tests.fakes.books import FakeOrderBook, FakePaymentBook
from tests.fakes.clock import FakeClock

K = FactKind
S = OrderStatus
COMMAND = ExecuteOrder("o1", "c1")
HOLDS_NOTHING = frozenset({K.VOIDED, K.EXPIRED, K.DECLINED})
VOIDABLE = frozenset({K.REQUIRES_ACTION, K.AUTHORIZED})
ONWARD = {
    K.REQUIRES_ACTION: [K.PENDING, K.AUTHORIZED, K.CAPTURED, K.DECLINED, K.EXPIRED],
    K.PENDING: [K.CAPTURED, K.DECLINED],
    K.AUTHORIZED: [K.CAPTURED],
}
"""What buyer, bank and PSP make of a charge without us."""


class Crash(BaseException):
    """A worker died."""


@dataclass
class World:
    """Draws what happens next, until it is healed. `charge_` is where the PSP's one charge is."""

    data: st.DataObject
    is_pushed: bool
    clock: FakeClock = field(default_factory=FakeClock)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    payments: FakePaymentBook = field(default_factory=FakePaymentBook)
    charge_: FactKind | None = None
    told: list[FactKind] = field(default_factory=list)
    healed: bool = False

    def __post_init__(self) -> None:
        submission = a_submission(
            payment_info=an_info(method="qr" if self.is_pushed else "credit_card")
        )
        self.payments.put(replace(a_payment(), submission=submission))

    @property
    def order(self) -> Order:
        return self.orders["o1"]

    def step(self) -> None:
        """One thing, of all that can happen at this moment."""
        moves = [self.due, self.due, self.due, self.wait, self.webhook, self.onward]
        self.data.draw(st.sampled_from(moves), label="move")()

    def due(self) -> None:
        """The sweep sends the order's message at the moment the order waits for."""
        order = self.orders.rows.get("o1")
        if order is not None and order.due_at is not None:
            self.clock.instant = max(self.clock.instant, order.due_at)
        ports = Execution(self.orders, self.payments, self, self.clock, POLICY)
        with suppress(Crash, Conflict):
            execute_order(COMMAND, ports)

    def wait(self) -> None:
        """Time passes."""
        self.clock.advance(self.data.draw(st.sampled_from([HOUR, DAY])))

    def webhook(self) -> None:
        """The PSP tells of something that once was so."""
        if self.told and "o1" in self.orders:
            self.hear(self.data.draw(st.sampled_from(self.told), label="webhook"))

    def hear(self, kind: FactKind) -> None:
        """As `apply_psp_event` does: a contradiction is one only if the PSP insists."""
        order, fact = self.order, self.fact(self.order, kind)
        now = self.clock.now()
        applied = taken_late(apply_fact(order, fact, now, POLICY), fact, now)
        if applied.verdict is Verdict.APPLIED:
            self.orders.replace(order, applied.order)
        assert applied.verdict is not Verdict.CONTRADICTION or kind is not self.charge_

    def onward(self) -> None:
        """The buyer, the bank or the PSP does something."""
        if self.charge_ in HOLDS_NOTHING and self.is_pushed and self.charge_ is not K.DECLINED:
            self.becomes(K.CAPTURED)
        elif self.charge_ in ONWARD:
            self.becomes(self.data.draw(st.sampled_from(ONWARD[self.charge_]), label="onward"))

    def becomes(self, kind: FactKind) -> None:
        self.charge_ = kind
        self.told.append(kind)

    def charge(self, order: Order) -> PspFact:
        if self.charge_ is None:
            self.becomes(K.REQUIRES_ACTION)
        return self.answer(order)

    def void(self, order: Order) -> PspFact:
        self.meanwhile()
        if self.charge_ in VOIDABLE:
            self.becomes(K.VOIDED)
        return self.answer(order)

    def find(self, order: Order) -> PspFact:
        known = self.charge_
        self.meanwhile()
        if self.healed or self.data.draw(st.booleans(), label="answered"):
            return a_fact(order, K.NOT_FOUND) if known is None else self.fact(order, known)
        return a_fact(order, K.UNKNOWN)

    def capture(self, order: Order) -> PspFact:
        raise NotImplementedError

    def meanwhile(self) -> None:
        """What happens while a worker stands in the middle of its call."""
        if not self.healed and self.data.draw(st.booleans(), label="meanwhile"):
            self.data.draw(st.sampled_from([self.onward, self.webhook]))()

    def answer(self, order: Order) -> PspFact:
        """What the caller hears of what was done."""
        fates = ["answered", "lost", "dies"]
        fate = "answered" if self.healed else self.data.draw(st.sampled_from(fates), label="fate")
        if fate == "dies":
            raise Crash
        known = self.charge_
        return self.fact(order, known) if known and fate == "answered" else a_fact(order, K.UNKNOWN)

    @staticmethod
    def fact(order: Order, kind: FactKind) -> PspFact:
        return a_fact(replace(order, operation=None), kind)

    def heal(self) -> Order:
        """Nothing fails any more, and neither buyer nor bank does anything more."""
        self.healed = True
        for _ in range(30):
            self.due()
            if self.charge_ in (K.PENDING, K.AUTHORIZED):
                self.onward()
            if self.order.is_resting:
                break
        for kind in self.data.draw(st.permutations(self.told), label="webhooks"):
            self.hear(kind)
        return self.order


@settings(suppress_health_check=list(HealthCheck), max_examples=300)
@given(st.data(), st.booleans(), st.integers(0, 25))
def test_an_order_is_paid_or_it_is_over_and_nothing_of_it_is_held(
    data: st.DataObject, is_pushed: bool, steps: int
) -> None:
    world = World(data, is_pushed)
    for _ in range(steps):
        world.step()

    order = world.heal()

    if order.status is S.CAPTURED:
        assert world.charge_ is K.CAPTURED
    elif world.charge_ is K.CAPTURED:
        assert order.status is S.EXPIRED
        assert order.late_payment is not None
        assert [refund.amount_minor for refund in order.refunds] == [order.amount_minor]
    else:
        assert order.status in (S.EXPIRED, S.FAILED)
        assert world.charge_ in HOLDS_NOTHING
