from countinghouse.domain.order import OrderStatus
from countinghouse.domain.order_journals import capture_key
from countinghouse.domain.psp import FactKind
from countinghouse.read_ahead import EventsAhead, JournalsAhead, OrdersAhead, PaymentsAhead, known
from countinghouse.usecases.post_orders import post_orders
from tests.builders import a_payment, an_event, an_order
from tests.fakes.books import FakeOrderBook, FakePaymentBook, FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger


def test_what_was_read_is_told_once_and_then_what_is_there() -> None:
    book = FakePaymentBook().put(a_payment())
    ahead = PaymentsAhead(book, {"c1": a_payment()})
    now = a_payment(version=9)
    book.put(now)

    assert [ahead.get("c1"), ahead.get("c1"), ahead.get("c2")] == [a_payment(), now, None]
    assert ahead.get_many(["c1"]) == {"c1": now}


def test_an_order_is_told_once_alone_or_with_others() -> None:
    before, now = an_order(), an_order(OrderStatus.CAPTURED)
    book = FakeOrderBook().put(now)

    assert OrdersAhead(book, {"o1": before}).get("o1") == before
    many = OrdersAhead(book, {"o1": before})
    assert many.get_many(["o1"]) == {"o1": before}
    assert many.get_many(["o1"]) == {"o1": now}
    assert many.get("o1") == now


def test_orders_of_which_one_was_not_read_are_all_read_now() -> None:
    book = FakeOrderBook().put(an_order(OrderStatus.CAPTURED), an_order(order_id="o2"))

    found = OrdersAhead(book, {"o1": an_order()}).get_many(["o1", "o2"])

    assert found["o1"].status is OrderStatus.CAPTURED
    assert found.keys() == {"o1", "o2"}


def test_an_event_is_told_once() -> None:
    orders = FakeOrderBook()
    event = an_event(an_order(), FactKind.CAPTURED)
    ahead = EventsAhead(FakePspEventBook(orders), {event.event_key: event})

    assert ahead.get(event.event_key) == event
    assert ahead.get(event.event_key) is None


def test_a_journal_known_to_be_there_or_not_is_not_looked_for() -> None:
    orders, ledger = FakeOrderBook().put(an_order(OrderStatus.CAPTURED)), FakeLedger()
    post_orders(["o1"], orders, ledger, ledger, FakeClock())
    assert known(ledger, [capture_key("o1"), capture_key("o2")]) == {
        capture_key("o1"): True,
        capture_key("o2"): False,
    }
    one, other, third = map(capture_key, ("o1", "o2", "o3"))
    ahead = JournalsAhead(ledger, {one: False, other: True})

    assert ahead.posted([one, other]) == {other}
    # Of one nothing is known: all of them are looked for.
    assert ahead.posted([one, other, third]) == {one}


def test_writes_go_to_the_book() -> None:
    payments, orders = FakePaymentBook(), FakeOrderBook()
    PaymentsAhead(payments, {}).add(a_payment())
    PaymentsAhead(payments, {}).replace(a_payment(), a_payment(version=9))
    OrdersAhead(orders, {}).add(an_order())
    OrdersAhead(orders, {}).replace(an_order(), an_order(OrderStatus.CAPTURED))

    assert payments["c1"].version == 9
    assert orders["o1"].status is OrderStatus.CAPTURED
