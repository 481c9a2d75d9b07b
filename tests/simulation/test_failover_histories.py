"""One order, two PSPs with books of their own, and everything that can go wrong in between.

A charge may be refused a connection, be executed and its answer lost, arrive long after it was
given up, or find its worker dead before or after it; other workers, messages and webhooks come at
any moment in between, and either PSP may be out of favour. Never do two PSPs hold money for the
order, and once nothing fails any more it comes to its end. The payment may be cancelled whenever it
likes: an order that is dropped for it is never paid, whatever was under way.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tests.strategies  # noqa: F401 - loads the profile
from countinghouse.domain.breaker import BreakerState
from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import HOUR, SECOND
from countinghouse.domain.order import CAPTURED_STATUSES, Order, OrderStatus
from countinghouse.domain.order_facts import Verdict, apply_fact
from countinghouse.domain.payment import Decision
from countinghouse.domain.psp import FactKind, PspFact
from countinghouse.usecases.execute_order import ExecuteOrder, Execution, execute_order
from tests.builders import POLICY, SOFT, a_fact, a_payment, a_session, an_attempt
from tests.fakes.books import FakeOrderBook, FakePaymentBook
from tests.fakes.clock import FakeClock
from tests.fakes.psp_health import FakeHealth
from tests.psp_worlds import a_routing

K = FactKind
COMMAND = ExecuteOrder("o1", "c1")
DEPTH_MAX = 2
"""How many workers may stand still at once, each in the middle of a call."""


class Crash(BaseException):
    """A worker died."""


class Fate(StrEnum):
    """What becomes of one call to a PSP."""

    ANSWERED = "answered"
    REFUSED = "refused"
    REFUSED_THEN_DIES = "refused_then_dies"
    LOST_AFTER = "lost_after"
    LOST_BEFORE = "lost_before"
    ARRIVES_LATER = "arrives_later"
    DIES_AND_IT_ARRIVES_LATER = "dies_and_it_arrives_later"
    DIES_AFTER = "dies_after"
    DIES_BEFORE = "dies_before"


_EXECUTED_NOW = frozenset({Fate.ANSWERED, Fate.LOST_AFTER, Fate.DIES_AFTER})
_LATER = frozenset({Fate.ARRIVES_LATER, Fate.DIES_AND_IT_ARRIVES_LATER})
_DEADLY = frozenset(
    {Fate.REFUSED_THEN_DIES, Fate.DIES_AFTER, Fate.DIES_BEFORE, Fate.DIES_AND_IT_ARRIVES_LATER}
)
_UNSENT = frozenset({Fate.REFUSED, Fate.REFUSED_THEN_DIES})


@dataclass
class Psp:
    """A PSP's book: by key, what it decided; a key is executed once."""

    name: str
    verdicts: list[FactKind]
    book: dict[str, FactKind] = field(default_factory=dict)

    def execute(self, key: str) -> FactKind:
        verdict = self.verdicts.pop(0) if key not in self.book and self.verdicts else K.CAPTURED
        return self.book.setdefault(key, verdict)

    @property
    def holds_money(self) -> list[str]:
        return [key for key, kind in self.book.items() if kind is K.CAPTURED]


@dataclass
class World:
    """Draws what happens next, until it is healed."""

    data: st.DataObject
    psps: dict[str, Psp]
    clock: FakeClock = field(default_factory=FakeClock)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    payments: FakePaymentBook = field(default_factory=FakePaymentBook)
    health: FakeHealth = field(default_factory=FakeHealth)
    may_cancel: bool = False
    under_way: list[tuple[str, str]] = field(default_factory=list)
    depth: int = 0
    healed: bool = False
    moved: bool = False

    def __post_init__(self) -> None:
        others = (a_session("seti_c1", psp="stripe"),)
        self.payments.put(a_payment(session=a_session(alternatives=others)))

    def step(self) -> None:
        """One thing, of all that can happen at this moment."""
        moves = [self.due, self.due, self.message, self.wait, self.webhook, self.arrival, self.mood]
        moves.append(self.cancel)
        self.data.draw(st.sampled_from(moves), label="move")()
        self.check()

    def due(self) -> None:
        """The sweep sends an order's message at the moment the order waits for."""
        order = self.orders.rows.get("o1")
        if order is not None and order.due_at is not None:
            self.clock.instant = max(self.clock.instant, order.due_at)
        self.message()

    def message(self) -> None:
        """An `orders` message, taken by some worker."""
        routing = a_routing(self.health, cascade=True)
        ports = Execution(self.orders, self.payments, self, self.clock, POLICY, routing)
        with suppress(Crash, Conflict):
            execute_order(COMMAND, ports)

    def wait(self) -> None:
        """Time passes."""
        self.clock.advance(self.data.draw(st.sampled_from([SECOND, POLICY.lease, HOUR])))

    def webhook(self) -> None:
        """One PSP tells of one of its charges, however old."""
        order = self.orders.rows.get("o1")
        told = [(psp, key) for psp in self.psps.values() for key in psp.book]
        if order is None or not told:
            return
        psp, key = self.data.draw(st.sampled_from(told), label="webhook")
        fact = self.fact(order, key, psp)
        applied = apply_fact(order, fact, self.clock.now(), POLICY, psp.name)
        assert applied.verdict is not Verdict.CONTRADICTION, "money where none was thought to be"
        if applied.verdict is Verdict.APPLIED:
            self.orders.replace(order, applied.order)

    def arrival(self) -> None:
        """A request that was given up for lost reaches its PSP after all."""
        if self.under_way:
            psp, key = self.under_way.pop(0)
            self.psps[psp].execute(key)

    def mood(self) -> None:
        """A breaker opens, closes, or is half open."""
        psp = self.data.draw(st.sampled_from(sorted(self.psps)))
        self.health.states[psp] = self.data.draw(st.sampled_from(sorted(BreakerState)))

    def cancel(self) -> None:
        """The buyer leaves, in one history of two."""
        if self.may_cancel:
            payment = self.payments["c1"]
            self.payments.put(replace(payment, decision=Decision.CANCEL))

    def charge(self, order: Order) -> PspFact:
        psp, key = self.psps[order.payment_info.psp], order.attempts[-1].key
        self.moved |= psp.name != "sandbox"
        self.meanwhile()
        fate = self.fate()
        if fate in _LATER:
            self.under_way.append((psp.name, key))
        if fate in _EXECUTED_NOW:
            psp.execute(key)
        self.check()
        if fate in _DEADLY:
            raise Crash
        if fate in _UNSENT:
            return a_fact(order, K.NOT_SENT)
        return self.fact(order, key, psp) if fate is Fate.ANSWERED else a_fact(order, K.UNKNOWN)

    def find(self, order: Order) -> PspFact:
        psp, key = self.psps[order.payment_info.psp], order.attempts[-1].key
        known = self.fact(order, key, psp) if key in psp.book else a_fact(order, K.NOT_FOUND)
        self.meanwhile()
        return known if self.healed or self.data.draw(st.booleans()) else a_fact(order, K.UNKNOWN)

    def capture(self, order: Order) -> PspFact:
        raise NotImplementedError

    void = capture

    def meanwhile(self) -> None:
        """What others do while this worker stands in the middle of its call."""
        if self.healed or self.depth >= DEPTH_MAX:
            return
        self.depth += 1
        for _ in range(self.data.draw(st.integers(0, 4), label="meanwhile")):
            self.step()
        self.depth -= 1

    def fate(self) -> Fate:
        return Fate.ANSWERED if self.healed else self.data.draw(st.sampled_from(Fate), label="fate")

    @staticmethod
    def fact(order: Order, key: str, psp: Psp) -> PspFact:
        kind = psp.book[key]
        known = replace(order, attempts=(an_attempt(key=key),), operation=None)
        fact = a_fact(known, kind, psp_reference=f"{psp.name}:{key}")
        return replace(fact, decline=SOFT) if kind is K.DECLINED else fact

    def check(self) -> None:
        """The whole point."""
        held = [(psp.name, key) for psp in self.psps.values() for key in psp.holds_money]
        assert len(held) <= 1, held

    def heal(self) -> Order:
        """Nothing fails any more: the order comes to its end."""
        self.healed = True
        self.health.states.clear()
        while self.under_way:
            self.arrival()
        self.message()
        for _ in range(20):
            if self.orders["o1"].is_resting:
                break
            self.due()
        return self.orders["o1"]


EXAMPLES = 400
"""A doubt that is forgotten shows in one history of a hundred or so."""

verdicts = st.lists(st.sampled_from([K.DECLINED, K.CAPTURED]), max_size=3)


@settings(suppress_health_check=list(HealthCheck), max_examples=EXAMPLES)
@given(st.data(), verdicts, verdicts, st.integers(0, 20), st.booleans())
def test_never_do_two_psps_hold_money_for_one_order_and_it_ends(
    data: st.DataObject,
    at_sandbox: list[FactKind],
    at_stripe: list[FactKind],
    steps: int,
    may_cancel: bool,
) -> None:
    psps = {"sandbox": Psp("sandbox", at_sandbox), "stripe": Psp("stripe", at_stripe)}
    world = World(data, psps, may_cancel=may_cancel)
    for _ in range(steps):
        world.step()

    order = world.heal()

    held = [psp for psp in world.psps.values() if psp.holds_money]
    if order.status in CAPTURED_STATUSES:
        (holder,) = held
        assert order.payment_info.psp == holder.name
        assert holder.holds_money == [order.attempts[-1].key]
    else:
        assert held == []
        lost_for = world.clock.now() - (order.attempts[-1].first_sent_at if order.attempts else 0)
        # Past the PSP's memory of keys an attempt it does not know is asked about and never sent.
        ended = order.status in (OrderStatus.FAILED, OrderStatus.CANCELLED)
        assert ended or lost_for > POLICY.key_window
    assert len(order.attempts) <= POLICY.attempts_max
