from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.order import CAPTURED_STATUSES, RESTING_STATUSES, OrderStatus
from countinghouse.domain.payout import PayoutStatus
from countinghouse.domain.psp import EventStatus, FactKind, SettlementKind
from countinghouse.domain.refund import RefundStatus
from countinghouse.messages import Queue
from countinghouse.usecases.post_orders import post_orders
from countinghouse.usecases.progress_payment import Folding, progress_payment
from countinghouse.usecases.sweep_due import Sweep, Swept, sweep_due
from countinghouse.usecases.tend_order import Tending, tend_order
from tests.builders import (
    NOW,
    POLICY,
    a_delivered_order,
    a_late_order,
    a_line,
    a_payment,
    a_refund,
    an_event,
    an_order,
    refunding,
)
from tests.fakes.books import FakeOrderBook, FakePaymentBook, FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeRefundGateway
from tests.fakes.ledger import FakeLedger
from tests.fakes.payouts import FakePayoutBook
from tests.fakes.queues import FakeDueIndex, FakeDueWallets, FakeOutbox
from tests.payouts import a_payout

S = OrderStatus
Q = Queue
LATER = NOW + 10**9


@dataclass
class Desk:
    payments: FakePaymentBook = field(default_factory=FakePaymentBook)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    events: FakePspEventBook = field(default_factory=FakePspEventBook)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    payouts: FakePayoutBook = field(default_factory=FakePayoutBook)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    clock: FakeClock = field(default_factory=lambda: FakeClock(LATER))

    def sweep(self) -> Mapping[str, int]:
        return self.swept().rows

    def swept(self) -> Swept:
        ports = Sweep(
            due_payments=FakeDueIndex(self.payments.rows),
            due_orders=FakeDueIndex(self.orders.rows),
            due_events=FakeDueIndex(self.events.rows),
            due_wallets=FakeDueWallets(self.ledger.wallet_rows),
            due_payouts=FakeDueIndex(self.payouts.rows),
            payments=self.payments,
            orders=self.orders,
            events=self.events,
            journals=self.ledger,
            outbox=self.outbox,
            clock=self.clock,
        )
        return sweep_due(ports)

    def state(self) -> tuple[Any, ...]:
        return (dict(self.payments.rows), dict(self.orders.rows), dict(self.events.rows))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - RESTING_STATUSES))
def test_every_order_not_at_rest_is_sent_on_when_due(desk: Desk, status: OrderStatus) -> None:
    desk.orders.put(an_order(status))

    swept = desk.sweep()

    assert swept == {"payments": 0, "orders": 1, "psp_events": 0, "wallets": 0, "payouts": 0}
    assert desk.outbox.bodies(Q.ORDERS) == [{"order_id": "o1", "checkout_id": "c1"}]


@pytest.mark.parametrize("status", sorted(OrderStatus))
def test_every_payment_not_at_rest_gets_what_its_order_waits_for(
    desk: Desk, status: OrderStatus
) -> None:
    desk.payments.put(a_payment())
    desk.orders.put(an_order(status, due_at=None))

    desk.sweep()

    asked = desk.outbox.bodies(Q.ORDERS)
    booked = desk.outbox.bodies(Q.POSTINGS)
    assert bool(asked) == (status not in RESTING_STATUSES)
    assert bool(booked) == (status in CAPTURED_STATUSES)
    assert desk.outbox.bodies(Q.PROGRESS) == [{"checkout_id": "c1", "order_id": "o1"}]


def test_an_order_that_never_began_is_begun(desk: Desk) -> None:
    desk.payments.put(a_payment(a_line("o1"), a_line("o2", "s2")))
    desk.orders.put(an_order(S.FAILED, "o2"))

    desk.sweep()

    assert desk.outbox.bodies(Q.ORDERS) == [{"order_id": "o1", "checkout_id": "c1"}]


def test_an_order_whose_worker_died_is_woken_by_the_payment_that_guards_it(desk: Desk) -> None:
    desk.payments.put(a_payment())
    desk.orders.put(an_order(S.SENT, guarded=True))

    swept = desk.sweep()

    assert (swept["payments"], swept["orders"]) == (1, 0)
    assert [body["order_id"] for body in desk.outbox.bodies(Q.ORDERS)] == ["o1"]


def test_a_posting_is_asked_for_until_it_is_there(desk: Desk) -> None:
    desk.payments.put(a_payment())
    desk.orders.put(an_order(S.CAPTURED))
    desk.sweep()
    first = [m for m in desk.outbox.sent if m.queue is Q.POSTINGS]
    post_orders(["o1"], desk.orders, desk.ledger, desk.ledger, desk.clock)
    desk.clock.advance(60_000)

    desk.sweep()

    assert [(m.body, m.group) for m in first] == [({"order_id": "o1"}, "seller:s1#EUR#0")]
    assert len(desk.outbox.bodies(Q.POSTINGS)) == 1


def test_two_sweeps_are_not_taken_for_a_repeat_by_the_queue(desk: Desk) -> None:
    desk.payments.put(a_payment())
    desk.orders.put(an_order(S.CAPTURED))
    desk.sweep()
    desk.clock.advance(60_000)

    desk.sweep()

    marks = {m.deduplication for m in desk.outbox.sent if m.queue is Q.POSTINGS}
    assert len(marks) == 2


def test_parked_events_are_tried_again(desk: Desk) -> None:
    event = an_event(an_order(), FactKind.CAPTURED)
    desk.events.put(replace(event, status=EventStatus.PARKED, due_at=NOW, parked=1))

    assert desk.sweep()["psp_events"] == 1
    assert desk.outbox.bodies(Q.PSP_EVENTS) == [{"event_key": event.event_key}]


def test_a_sweep_says_for_how_long_the_longest_due_of_each_kind_was_due(desk: Desk) -> None:
    now = desk.clock.now()
    desk.orders.put(an_order(S.SENT, "o1", due_at=now - 90_000))
    desk.orders.put(an_order(S.SENT, "o2", due_at=now - 5_000))
    desk.payments.put(a_payment(due_at=now))

    assert desk.swept().waited_s == {"payments": 0, "orders": 90, "psp_events": 0, "payouts": 0}


def test_nothing_is_sent_before_its_time(desk: Desk) -> None:
    desk.payments.put(a_payment())
    desk.orders.put(an_order(S.SENT))
    desk.clock.instant = NOW

    assert desk.sweep() == {"payments": 0, "orders": 0, "psp_events": 0, "wallets": 0, "payouts": 0}
    assert desk.outbox.sent == []


def test_the_sweep_writes_nothing(desk: Desk) -> None:
    desk.payments.put(a_payment())
    desk.orders.put(an_order(S.UNKNOWN))
    desk.events.put(an_event(an_order(), FactKind.CAPTURED, due_at=NOW))
    before = desk.state()

    desk.sweep()

    assert desk.state() == before


def test_a_queue_that_is_down_is_no_loss(desk: Desk) -> None:
    desk.orders.put(an_order(S.UNKNOWN))
    desk.outbox.is_down = True

    with pytest.raises(Unavailable):
        desk.sweep()

    desk.outbox.is_down = False
    desk.sweep()
    assert len(desk.outbox.bodies(Q.ORDERS)) == 1


def test_the_sweep_alone_brings_a_captured_payment_to_rest(desk: Desk) -> None:
    desk.payments.put(a_payment())
    desk.orders.put(an_order(S.CAPTURED))
    for _ in range(5):
        desk.sweep()
        for body in desk.outbox.bodies(Q.POSTINGS):
            post_orders([body["order_id"]], desk.orders, desk.ledger, desk.ledger, desk.clock)
        for body in desk.outbox.bodies(Q.PROGRESS):
            ports = Folding(desk.payments, desk.orders, desk.ledger, desk.clock, POLICY)
            progress_payment(body["checkout_id"], [body["order_id"]], ports)
        desk.outbox.sent.clear()
        desk.clock.advance(10**8)

    assert desk.payments["c1"].is_resting
    assert desk.payments["c1"].is_ledger_updated
    assert desk.sweep() == {"payments": 0, "orders": 0, "psp_events": 0, "wallets": 0, "payouts": 0}


def test_a_payout_that_nobody_walks_through_is_sent_on(desk: Desk) -> None:
    lost = a_payout(PayoutStatus.SUBMITTED)
    waiting = a_payout(PayoutStatus.SUBMITTED, payout_id="po_2", next_at=LATER)
    desk.payouts.put(lost, waiting, a_payout(PayoutStatus.PAID, payout_id="po_3"))

    assert desk.sweep()["payouts"] == 1
    assert desk.outbox.bodies(Q.PAYOUTS) == [{"payout_id": "po_1"}]


def test_a_captured_order_that_is_due_is_looked_after_and_booked(desk: Desk) -> None:
    order = refunding(a_delivered_order())
    desk.orders.put(order, replace(order, order_id="o2", booked=2))

    assert desk.sweep()["orders"] == 2

    assert desk.outbox.bodies(Q.AFTERCARE) == [{"order_id": "o1"}, {"order_id": "o2"}]
    (posting,) = [m for m in desk.outbox.sent if m.queue is Q.POSTINGS]
    assert (posting.body, posting.group) == ({"order_id": "o1"}, order.wallet.group)
    assert desk.outbox.bodies(Q.ORDERS) == []


def test_a_wallet_whose_reserve_is_free_is_asked_to_release_it(desk: Desk) -> None:
    desk.orders.put(a_delivered_order(due_at=None))
    post_orders(["o1"], desk.orders, desk.ledger, desk.ledger, desk.clock)
    desk.orders.put(replace(desk.orders["o1"], booked=1, due_at=None))
    (wallet,) = desk.ledger.wallet_rows.values()
    assert wallet.due_at is not None
    desk.clock.instant = wallet.due_at - 1
    assert desk.sweep()["wallets"] == 0

    desk.clock.instant = wallet.due_at
    assert desk.sweep()["wallets"] == 1

    (message,) = desk.outbox.sent
    assert (message.queue, message.group) == (Q.POSTINGS, "seller:s1#EUR#0")
    assert message.body == {"owner": "seller:s1", "wallet_id": "EUR#0"}


def test_the_sweep_alone_brings_a_refund_to_its_end(desk: Desk) -> None:
    desk.orders.put(refunding(a_delivered_order()))
    psp = FakeRefundGateway().will("refund", SettlementKind.UNKNOWN)
    psp.will("find_refund", SettlementKind.PENDING, SettlementKind.SUCCEEDED)
    for _ in range(8):
        desk.sweep()
        for body in desk.outbox.bodies(Q.POSTINGS):
            post_orders([body["order_id"]], desk.orders, desk.ledger, desk.ledger, desk.clock)
        for body in desk.outbox.bodies(Q.AFTERCARE):
            tending = Tending(desk.orders, desk.ledger, psp, desk.clock, POLICY)
            tend_order(body["order_id"], tending)
        desk.outbox.sent.clear()
        desk.clock.advance(10**6)

    order = desk.orders["o1"]
    assert a_refund(order).status is RefundStatus.SUCCEEDED
    assert (order.booked, order.due_at) == (3, None)


def test_the_sweep_alone_gives_late_money_back(desk: Desk) -> None:
    desk.orders.put(a_late_order())
    psp = FakeRefundGateway().will("refund", SettlementKind.SUCCEEDED)
    tending = Tending(desk.orders, desk.ledger, psp, desk.clock, POLICY)
    for _ in range(5):
        desk.outbox.sent.clear()
        desk.sweep()
        desk.clock.advance(10**6)
        if desk.outbox.bodies(Q.POSTINGS):
            post_orders(["o1"], desk.orders, desk.ledger, desk.ledger, desk.clock)
        if desk.outbox.bodies(Q.AFTERCARE):
            tend_order("o1", tending)

    order = desk.orders["o1"]
    assert [refund.status for refund in order.refunds] == [RefundStatus.SUCCEEDED]
    assert (order.status, order.booked, order.due_at) == (S.EXPIRED, 3, None)
    assert desk.outbox.bodies(Q.ORDERS) == []
