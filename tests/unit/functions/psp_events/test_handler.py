from dataclasses import dataclass, field

import pytest

from countinghouse.domain.order import OrderStatus
from countinghouse.domain.psp import EventStatus, FactKind
from countinghouse.usecases.apply_psp_event import Inbox
from functions.psp_events import handler
from functions.psp_events.wiring import Deps
from tests.builders import DISPUTES, POLICY, an_event, an_order
from tests.fakes.books import FakeOrderBook, FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeGateway
from tests.fakes.lambdas import FakeContext, failed, sqs_event

KEY = "sandbox#evt_1"
MESSAGE = {"event_key": KEY}


@dataclass
class Desk:
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    psp: FakeGateway = field(default_factory=FakeGateway)
    events: FakePspEventBook = field(init=False)

    def __post_init__(self) -> None:
        self.events = FakePspEventBook(self.orders)

    def inbox(self) -> Inbox:
        clock, payouts = FakeClock(), self.events.payouts
        return Inbox(self.events, self.orders, self.psp, clock, POLICY, DISPUTES, payouts)

    def handle(self, *bodies: object) -> list[str]:
        return failed(handler.lambda_handler(sqs_event(*bodies), FakeContext()))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    desk.orders.put(an_order())
    desk.events.put(an_event(an_order(), FactKind.CAPTURED))
    monkeypatch.setattr(handler, "deps", lambda: Deps(desk.inbox, desk.events.get_many))
    return desk


def test_an_event_is_applied_once_however_often_it_comes(desk: Desk) -> None:
    assert desk.handle(MESSAGE, MESSAGE) == []
    assert desk.orders["o1"].status is OrderStatus.CAPTURED
    assert desk.events.log == ["event applied with order captured"]


def test_an_event_nobody_stored_is_acknowledged(desk: Desk) -> None:
    assert desk.handle({"event_key": "sandbox#none"}) == []


@pytest.mark.parametrize("body", ["", "[]", "{}", {"event_key": None}])
def test_a_message_that_cannot_be_read_fails_alone(desk: Desk, body: object) -> None:
    assert desk.handle(body, MESSAGE) == ["m0"]
    assert desk.events[KEY].status is EventStatus.APPLIED


def test_a_contradiction_comes_again_until_the_psp_answers(desk: Desk) -> None:
    desk.orders.put(an_order(OrderStatus.FAILED))
    desk.psp.will("find", FactKind.UNKNOWN, FactKind.CAPTURED)

    assert desk.handle(MESSAGE) == ["m0"]
    assert desk.handle(MESSAGE) == []
    assert desk.events[KEY].alarm == "contradiction"


def test_what_one_event_does_is_seen_by_the_next_of_the_same_order(desk: Desk) -> None:
    later = an_event(an_order(), FactKind.DECLINED, event_id="evt_2")
    desk.events.put(later)
    desk.psp.will("find", FactKind.CAPTURED)

    assert desk.handle(MESSAGE, {"event_key": later.event_key}) == []
    assert desk.events[KEY].status is EventStatus.APPLIED
    # A refusal of what was captured, which the PSP denies when it is asked.
    assert desk.events[later.event_key].status is EventStatus.STALE
    assert desk.orders["o1"].status is OrderStatus.CAPTURED


def test_events_and_orders_of_a_batch_are_read_together(desk: Desk) -> None:
    orders = [an_order(order_id=f"o{number}") for number in range(2, 6)]
    desk.orders.put(*orders)
    events = [
        an_event(order, FactKind.CAPTURED, event_id=f"evt_{order.order_id}") for order in orders
    ]
    desk.events.put(*events)
    desk.orders.reads = 0

    assert desk.handle(*({"event_key": event.event_key} for event in events)) == []
    assert {desk.orders[order.order_id].status for order in orders} == {OrderStatus.CAPTURED}
    assert desk.orders.reads == 1


def test_an_order_that_moved_after_it_was_read_is_read_again(desk: Desk) -> None:
    other = an_order(order_id="o2")
    desk.orders.put(other)
    desk.events.put(an_event(other, FactKind.CAPTURED, event_id="evt_2"))
    moved = an_order(OrderStatus.AUTHORIZED, version=other.version + 1, order_id="o2")
    desk.events.interfere += [lambda: None, lambda: desk.orders.put(moved)]

    assert desk.handle(MESSAGE, {"event_key": "sandbox#evt_2"}) == []
    assert desk.orders["o2"].status is OrderStatus.CAPTURED
    assert desk.orders["o2"].version == moved.version + 1
