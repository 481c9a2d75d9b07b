from dataclasses import dataclass, field

import pytest

from countinghouse.domain.errors import Conflict
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.payment import PaymentStatus
from countinghouse.usecases.post_orders import post_orders
from countinghouse.usecases.progress_payment import Folding
from functions.payment_progress import handler
from tests.builders import POLICY, a_payment, an_order
from tests.fakes.books import FakeOrderBook, FakePaymentBook
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import FakeContext, failed, sqs_event
from tests.fakes.ledger import FakeLedger

MESSAGE = {"checkout_id": "c1", "order_id": "o1"}


@dataclass
class Desk:
    payments: FakePaymentBook = field(default_factory=FakePaymentBook)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    ledger: FakeLedger = field(default_factory=FakeLedger)

    def deps(self) -> Folding:
        return Folding(self.payments, self.orders, self.ledger, FakeClock(), POLICY)

    def handle(self, *bodies: object) -> list[str]:
        return failed(handler.lambda_handler(sqs_event(*bodies), FakeContext()))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    desk.payments.put(a_payment())
    desk.orders.put(an_order(OrderStatus.CAPTURED))
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_news_are_folded_once_however_often_they_come(desk: Desk) -> None:
    post_orders(["o1"], desk.orders, desk.ledger, desk.ledger, FakeClock())

    assert desk.handle(MESSAGE, MESSAGE) == []
    assert desk.handle(MESSAGE) == []
    assert desk.payments["c1"].is_ledger_updated
    assert desk.payments.log == [f"payment replaced: {PaymentStatus.SUCCEEDED}"]


def test_a_payment_nobody_knows_is_acknowledged(desk: Desk) -> None:
    assert desk.handle({**MESSAGE, "checkout_id": "c9"}) == []


@pytest.mark.parametrize("body", ["", "[]", {"order_id": "o1"}])
def test_a_message_that_cannot_be_read_fails_alone(desk: Desk, body: object) -> None:
    assert desk.handle(body, MESSAGE) == ["m0"]
    assert desk.payments["c1"].is_payment_done


def test_a_lost_race_sends_the_message_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(*_: object) -> None:
        raise Conflict("moved")

    monkeypatch.setattr(desk.payments, "replace", moved)

    assert desk.handle(MESSAGE) == ["m0"]
