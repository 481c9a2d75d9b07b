from dataclasses import dataclass, field

import pytest

from countinghouse.domain.order import OrderStatus
from countinghouse.domain.psp import EventStatus, FactKind
from countinghouse.usecases.apply_psp_event import Inbox
from functions.psp_events import handler
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
    monkeypatch.setattr(handler, "deps", lambda: desk.inbox)
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
