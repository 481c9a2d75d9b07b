import pytest

from countinghouse.domain.errors import NotFound
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.psp import FactKind
from countinghouse.usecases.post_orders import post_journals, post_orders
from countinghouse.usecases.trace_payment import residuals, trace_payment
from tests.builders import NOW, a_journal, a_line, a_payment, a_transfer, an_event, an_order
from tests.fakes.books import FakeOrderBook, FakePaymentBook, FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger

S = OrderStatus


def test_a_trail_shows_orders_events_journals_and_what_is_open() -> None:
    order = an_order(S.CAPTURED)
    orders = FakeOrderBook().put(order)
    events = FakePspEventBook(orders).put(
        an_event(order, FactKind.CAPTURED, "evt_2", received_at=NOW + 1),
        an_event(order, FactKind.AUTHORIZED, "evt_1"),
        an_event(an_order(order_id="other"), FactKind.AUTHORIZED, "evt_3"),
    )
    ledger = FakeLedger()
    post_orders(["o1"], orders, ledger, FakeClock())

    trail = trace_payment("c1", FakePaymentBook().put(a_payment()), orders, events, ledger)

    assert trail.orders == (order,)
    assert [event.event_key for event in trail.events] == ["sandbox#evt_1", "sandbox#evt_2"]
    assert [journal.kind for journal in trail.journals] == ["capture"]
    assert trail.residuals == {"EUR": {"psp_receivable:sandbox": 7_000}}


def test_an_order_another_checkout_holds_is_not_shown() -> None:
    orders = FakeOrderBook().put(an_order(S.CAPTURED, checkout_id="c2"))
    ledger = FakeLedger()
    post_orders(["o1"], orders, ledger, FakeClock())
    payments = FakePaymentBook().put(a_payment(a_line("o1"), a_line("o2", "s2")))

    trail = trace_payment("c1", payments, orders, FakePspEventBook(), ledger)

    assert (trail.orders, trail.journals, trail.residuals) == ((), (), {})


def test_a_settled_receivable_is_back_at_zero() -> None:
    ledger = FakeLedger()
    settled = a_transfer("bank:main", "psp_receivable:sandbox", 7_000)
    post_journals([a_journal(), settled], ledger)

    assert residuals((a_journal(), settled)) == {"EUR": {"psp_receivable:sandbox": 0}}


def test_a_payment_nobody_knows_is_not_found() -> None:
    with pytest.raises(NotFound):
        trace_payment("c1", FakePaymentBook(), FakeOrderBook(), FakePspEventBook(), FakeLedger())
