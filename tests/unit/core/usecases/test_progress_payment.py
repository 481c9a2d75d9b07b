from dataclasses import dataclass, field

import pytest

from countinghouse.domain.errors import Conflict
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.payment import Payment, PaymentStatus
from countinghouse.usecases.post_orders import post_orders
from countinghouse.usecases.progress_payment import Folding, progress_payment
from tests.builders import POLICY, a_line, a_payment, an_open_checkout, an_order
from tests.fakes.books import FakeOrderBook, FakePaymentBook
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger

S = OrderStatus
P = PaymentStatus


@dataclass
class Desk:
    payments: FakePaymentBook = field(default_factory=lambda: FakePaymentBook().put(a_payment()))
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    clock: FakeClock = field(default_factory=FakeClock)

    def fold(self, *order_ids: str) -> Payment | None:
        ports = Folding(self.payments, self.orders, self.ledger, self.clock, POLICY)
        return progress_payment("c1", order_ids, ports)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_captured_order_is_done_and_a_booked_one_is_updated(desk: Desk) -> None:
    desk.orders.put(an_order(S.CAPTURED))
    done = desk.fold("o1")
    post_orders(["o1"], desk.orders, desk.ledger, desk.ledger, desk.clock)

    booked = desk.fold("o1")

    assert done is not None
    assert booked is not None
    assert (done.is_payment_done, done.is_ledger_updated) == (True, False)
    assert (booked.is_payment_done, booked.is_ledger_updated) == (True, True)
    assert desk.payments["c1"] is booked
    assert booked.due_at is None


def test_news_told_again_write_nothing(desk: Desk) -> None:
    desk.orders.put(an_order(S.CAPTURED))
    desk.fold("o1")

    desk.fold("o1", "o1")

    assert desk.payments.log == ["payment replaced: succeeded"]


def test_an_order_not_yet_begun_is_no_news(desk: Desk) -> None:
    assert desk.fold("o1") is desk.payments["c1"]
    assert desk.payments.log == []


def test_an_order_of_another_checkout_counts_as_failed_here(desk: Desk) -> None:
    desk.orders.put(an_order(S.CAPTURED, checkout_id="c2"))

    folded = desk.fold("o1")

    assert folded is not None
    assert folded.status is P.FAILED
    assert folded.amount_captured == 0


def test_a_race_is_folded_anew(desk: Desk) -> None:
    lines = (a_line("o1"), a_line("o2", "s2"))
    desk.payments.put(a_payment(*lines))
    desk.orders.put(an_order(S.CAPTURED, "o1"), an_order(S.CAPTURED, "o2"))
    desk.payments.interfere.append(lambda: desk.fold("o2"))

    folded = desk.fold("o1")

    assert folded is not None
    assert folded.status is P.SUCCEEDED
    assert folded.amount_captured == 14_000


def test_a_payment_that_keeps_changing_sends_the_message_back(desk: Desk) -> None:
    desk.orders.put(an_order(S.CAPTURED))
    desk.payments.interfere += [
        lambda v=version: desk.payments.put(a_payment(version=v))  # type: ignore[misc]
        for version in range(10, 60)
    ]

    with pytest.raises(Conflict):
        desk.fold("o1")


def test_what_is_not_submitted_is_left_alone(desk: Desk) -> None:
    desk.payments.put(an_open_checkout())

    assert desk.fold("o1") is desk.payments["c1"]
    desk.payments.rows.clear()
    assert desk.fold("o1") is None
