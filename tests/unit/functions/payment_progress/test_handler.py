from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pytest

from countinghouse.domain.errors import Conflict
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.payment import PaymentStatus
from countinghouse.usecases.post_orders import post_orders
from countinghouse.usecases.progress_payment import Folding
from functions.payment_progress import handler
from tests.builders import POLICY, a_line, a_payment, an_order
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


def five(desk: Desk) -> list[dict[str, str]]:
    """News of five orders of one checkout, all of them booked."""
    lines = tuple(a_line(f"o{number}") for number in range(5))
    desk.payments.put(a_payment(*lines))
    ids = [line.order_id for line in lines]
    desk.orders.put(*(an_order(OrderStatus.CAPTURED, order_id) for order_id in ids))
    post_orders(ids, desk.orders, desk.ledger, desk.ledger, FakeClock())
    return [{"checkout_id": "c1", "order_id": order_id} for order_id in ids]


def test_all_news_of_a_payment_are_one_read_and_one_write(desk: Desk) -> None:
    bodies = five(desk)
    desk.orders.reads = 0

    assert desk.handle(*bodies) == []
    assert desk.payments.log == [f"payment replaced: {PaymentStatus.SUCCEEDED}"]
    assert desk.orders.reads == 1


def test_when_nothing_can_be_read_together_each_message_stands_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = five(desk)
    read = desk.orders.get_many

    def damaged(order_ids: Iterable[str]) -> dict[str, Order]:
        if "o2" in (wanted := list(order_ids)):
            raise ValueError("a row that cannot be read")
        return read(wanted)

    monkeypatch.setattr(desk.orders, "get_many", damaged)

    # The first one tried for all of them.
    assert desk.handle(*bodies) == ["m0", "m2"]
    assert {key for key, state in desk.payments["c1"].states.items() if state.is_posted} == {
        "o1",
        "o3",
        "o4",
    }
    assert desk.handle(bodies[0]) == []


def test_a_payment_that_moved_after_it_was_read_is_read_again(desk: Desk) -> None:
    bodies = five(desk)
    moved = replace(desk.payments["c1"], version=desk.payments["c1"].version + 1)
    desk.payments.interfere.append(lambda: desk.payments.put(moved))

    assert desk.handle(*bodies) == []
    assert desk.payments["c1"].status is PaymentStatus.SUCCEEDED
    assert desk.payments["c1"].version == moved.version + 1
