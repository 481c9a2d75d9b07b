"""Payment after expiry, from the PSP to books at zero, in any order, any number of times.

Whoever acts may come at any moment and again: the webhooks of expiry, payment and refund, the
worker that books, the one that sends refunds, the sweep. However it went, in the end the buyer has
the money or the order is paid, the PSP was made to return it once, and every account is at zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.instants import MINUTE
from countinghouse.domain.ledger import totals
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.psp import (
    EventStatus,
    Fact,
    FactKind,
    PspFact,
    RefundFact,
    SettlementKind,
)
from countinghouse.domain.refund import Refund, RefundStatus
from countinghouse.usecases.apply_psp_event import Inbox, apply_psp_event
from countinghouse.usecases.post_orders import post_orders
from countinghouse.usecases.tend_order import Tending, tend_order
from tests.builders import DISPUTES, NOW, POLICY, a_fact, an_event, an_info, an_order
from tests.fakes.books import FakeOrderBook, FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeGateway
from tests.fakes.ledger import FakeLedger

S = OrderStatus
F = SettlementKind


@dataclass
class Psp:
    """Returns what it is asked to return, once a key; now and then its answer is lost."""

    lost: list[bool]
    returned: dict[str, tuple[str, int]] = field(default_factory=dict)

    def refund(self, order: Order, refund: Refund) -> RefundFact:
        self.returned.setdefault(refund.key, (order.psp_reference or "", refund.amount_minor))
        unheard = RefundFact(F.UNKNOWN, refund.key)
        return unheard if self.lost and self.lost.pop() else self.find_refund(order, refund)

    def find_refund(self, order: Order, refund: Refund) -> RefundFact:
        if refund.key not in self.returned:
            return RefundFact(F.NOT_FOUND, refund.key)
        minor = self.returned[refund.key][1]
        return RefundFact(F.SUCCEEDED, refund.key, "re_1", minor, order.currency, NOW)


@dataclass
class House:
    """One order paid by code, the books, and everybody who may touch them."""

    psp: Psp
    captured: int
    clock: FakeClock = field(default_factory=FakeClock)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    heard: Counter[EventStatus | None] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.orders.put(an_order(S.REQUIRES_ACTION, payment_info=an_info(method="qr")))
        self.events = FakePspEventBook(self.orders)

    @property
    def order(self) -> Order:
        return self.orders["o1"]

    def hear(self, fact: Fact) -> None:
        """A webhook with a number of its own."""
        event_id = f"evt_{len(self.events.rows)}"
        self.events.put(replace(an_event(self.order, FactKind.OTHER, event_id), fact=fact))
        # Asked about a contradiction, the PSP says what became of the charge: it was paid.
        truth = FakeGateway().will("find", *[lambda _: self.paid_fact] * 3)
        ports = Inbox(
            self.events, self.orders, truth, self.clock, POLICY, DISPUTES, self.events.payouts
        )
        self.heard[apply_psp_event(f"sandbox#{event_id}", ports)] += 1

    @property
    def paid_fact(self) -> PspFact:
        minor = self.captured
        return a_fact(self.order, FactKind.CAPTURED, amount_minor=minor, captured_minor=minor)

    def expired(self) -> None:
        self.hear(a_fact(self.order, FactKind.EXPIRED))

    def paid(self) -> None:
        self.hear(self.paid_fact)

    def refunded(self) -> None:
        for refund in self.order.refunds:
            if refund.key in self.psp.returned:
                self.hear(self.psp.find_refund(self.order, refund))

    def book(self) -> None:
        assert post_orders(["o1"], self.orders, self.ledger, self.ledger, self.clock) == {}

    def tend(self) -> None:
        tend_order("o1", Tending(self.orders, self.ledger, self.psp, self.clock, POLICY))

    def wait(self) -> None:
        self.clock.advance(10 * MINUTE)

    def come_to_rest(self) -> None:
        """Booking and tending until nothing is due, as the sweep would have it."""
        for _ in range(20):
            self.book()
            self.tend()
            if self.order.due_at is None:
                return
            self.wait()
        raise AssertionError(f"no rest: {self.order}")


ACTIONS: tuple[Callable[[House], None], ...] = (
    House.expired,
    House.paid,
    House.refunded,
    House.book,
    House.tend,
    House.wait,
)


def play(house: House, actions: list[Callable[[House], None]]) -> None:
    for action in [*actions, House.expired, House.paid, House.paid]:
        action(house)
    house.come_to_rest()


@given(
    st.lists(st.sampled_from(ACTIONS), max_size=12),
    st.lists(st.booleans(), max_size=3),
    st.sampled_from([7_000, 7_000, 1, 6_999, 9_000]),
)
def test_late_money_goes_back_once_and_leaves_nothing_behind(
    actions: list[Callable[[House], None]], lost: list[bool], captured: int
) -> None:
    house = House(Psp(lost), captured)
    # The code expires first; what is heard before is the subject of the next test.
    house.expired()

    play(house, actions)

    order = house.order
    assert (order.status, order.captured_minor) == (S.EXPIRED, 0)
    assert [refund.status for refund in order.refunds] == [RefundStatus.SUCCEEDED]
    assert list(house.psp.returned.values()) == [("ch_1", captured)]
    assert house.heard[EventStatus.CONTRADICTION] == 0
    kinds = Counter(row.journal.kind for row in house.ledger.linked.values())
    assert kinds == {"late_payment": 1, "refund_requested": 1, "refund_paid": 1}
    assert all(
        minor == 0 for w in house.ledger.wallet_rows.values() for minor in w.balances.values()
    )
    assert {address.owner for address in house.ledger.wallet_rows} == {"late:s1"}


@given(st.lists(st.sampled_from(ACTIONS), max_size=12), st.lists(st.booleans(), max_size=3))
def test_money_heard_of_before_the_expiry_is_a_payment(
    actions: list[Callable[[House], None]], lost: list[bool]
) -> None:
    house = House(Psp(lost), 7_000)

    play(house, actions)

    paid = house.order.status is S.CAPTURED
    assert paid or house.order.status is S.EXPIRED
    assert len(house.order.refunds) == len(house.psp.returned) == (0 if paid else 1)
    legs = [leg for row in house.ledger.linked.values() for leg in row.journal.legs]
    assert set(totals(legs).values()) == {0}
    owed = sum(leg.amount.minor for leg in legs if leg.account.kind == "psp_receivable")
    assert owed == (7_000 if paid else 0)
    assert all(leg.account.wallet_owner is None for leg in legs) != paid
