from dataclasses import dataclass, field

import pytest

from countinghouse.domain.booking import Split
from countinghouse.domain.errors import Conflict, IllegalTransition, Invalid, NotFound
from countinghouse.domain.instants import DAY, HOUR
from countinghouse.domain.market_rules import ReserveRule, ReserveRules
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.order_delivery import share_of
from countinghouse.usecases.deliver_order import Delivered, deliver_order
from countinghouse.usecases.refund_order import refund_order
from tests.builders import NOW, RESERVE, a_request, an_order
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock

S = OrderStatus
RESERVES = ReserveRules(RESERVE, {"s2": ReserveRule(2_000, 90)})


@dataclass
class Desk:
    orders: FakeOrderBook = field(default_factory=lambda: FakeOrderBook().put(an_order(S.CAPTURED)))
    clock: FakeClock = field(default_factory=FakeClock)

    def deliver(self, delivered_at: int | None = None, order_id: str = "o1") -> Delivered:
        return deliver_order(order_id, delivered_at, self.orders, self.clock, RESERVES)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_delivery_and_its_release_are_one_write(desk: Desk) -> None:
    delivered = desk.deliver()

    assert not delivered.replayed
    assert desk.orders["o1"] is delivered.order
    assert share_of(delivered.order) == Split(fee=700, tax=133, reserve=308, seller=5_859)
    assert desk.orders.log == ["order replaced: captured"]


def test_it_was_delivered_now_unless_it_says_when(desk: Desk) -> None:
    assert desk.deliver().order.delivery is not None
    other = Desk()
    earlier = other.deliver(NOW - HOUR).order.delivery

    assert earlier is not None
    assert (earlier.delivered_at, earlier.recorded_at) == (NOW - HOUR, NOW)


def test_the_first_delivery_stands(desk: Desk) -> None:
    first = desk.deliver(NOW - HOUR)
    desk.clock.advance(DAY)

    again = desk.deliver(NOW)

    assert again == Delivered(first.order, replayed=True)
    assert len(desk.orders.log) == 1


def test_a_seller_may_have_a_reserve_of_his_own(desk: Desk) -> None:
    desk.orders.put(an_order(S.CAPTURED, seller_id="s2"))

    delivery = desk.deliver().order.delivery

    assert delivery is not None
    assert delivery.reserve_basis_points == 2_000


def test_two_deliveries_at_once_are_one(desk: Desk) -> None:
    desk.orders.interfere.append(desk.deliver)

    delivered = desk.deliver()

    assert delivered.replayed
    assert len(delivered.order.bookings) == 1


def test_a_delivery_that_meets_a_refund_releases_what_is_left(desk: Desk) -> None:
    refund = lambda: refund_order("o1", a_request(), desk.orders, desk.clock)  # noqa: E731
    desk.orders.interfere.append(refund)

    delivered = desk.deliver()

    assert share_of(delivered.order).total == 4_000
    assert not delivered.replayed


def test_a_delivery_that_meets_a_full_refund_is_refused(desk: Desk) -> None:
    refund = lambda: refund_order("o1", a_request(None), desk.orders, desk.clock)  # noqa: E731
    desk.orders.interfere.append(refund)

    with pytest.raises(IllegalTransition):
        desk.deliver()

    assert desk.orders["o1"].delivery is None


def test_an_order_nobody_knows(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.deliver(order_id="o9")


def test_what_is_refused_writes_nothing(desk: Desk) -> None:
    desk.orders.put(an_order(S.AUTHORIZED, "o2"))
    with pytest.raises(IllegalTransition):
        desk.deliver(order_id="o2")
    with pytest.raises(Invalid):
        desk.deliver(NOW + DAY)

    assert desk.orders.log == []


def test_an_order_that_keeps_changing_is_given_up(desk: Desk) -> None:
    def touch() -> None:
        order = desk.orders["o1"]
        desk.orders.put(order.changed(NOW))

    desk.orders.interfere += [touch] * 50

    with pytest.raises(Conflict):
        desk.deliver()
