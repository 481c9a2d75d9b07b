import pytest

from countinghouse.changes import RACES_MAX, change_order
from countinghouse.domain.errors import Conflict, IllegalTransition, NotFound
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import Order, OrderStatus
from tests.builders import NOW, an_order
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock

CLOCK = FakeClock()


def touched(order: Order, now: Instant) -> Order:
    return order.changed(now, asked=order.asked + 1)


@pytest.fixture
def orders() -> FakeOrderBook:
    return FakeOrderBook().put(an_order(OrderStatus.CAPTURED))


def test_the_change_and_what_was_there_before_come_back(orders: FakeOrderBook) -> None:
    before, after = change_order("o1", touched, orders, CLOCK)

    assert (before.asked, after.asked, after.updated_at) == (0, 1, NOW)
    assert orders["o1"] is after


def test_no_change_is_no_write(orders: FakeOrderBook) -> None:
    before, after = change_order("o1", lambda order, _: order, orders, CLOCK)

    assert before is after
    assert orders.log == []


def test_who_came_too_late_decides_anew(orders: FakeOrderBook) -> None:
    orders.interfere.append(lambda: change_order("o1", touched, orders, CLOCK))

    before, after = change_order("o1", touched, orders, CLOCK)

    assert (before.asked, after.asked) == (1, 2)


def test_what_the_change_refuses_is_told(orders: FakeOrderBook) -> None:
    def refuse(order: Order, now: Instant) -> Order:
        raise IllegalTransition("no")

    with pytest.raises(IllegalTransition):
        change_order("o1", refuse, orders, CLOCK)


def test_an_order_nobody_knows(orders: FakeOrderBook) -> None:
    with pytest.raises(NotFound):
        change_order("o9", touched, orders, CLOCK)


def test_an_order_that_keeps_changing_is_given_up(orders: FakeOrderBook) -> None:
    def again() -> None:
        orders.put(touched(orders["o1"], NOW))

    orders.interfere += [again] * RACES_MAX

    with pytest.raises(Conflict):
        change_order("o1", touched, orders, CLOCK)
    assert orders["o1"].asked == RACES_MAX
