import pytest

from countinghouse.bookkeeping import book
from countinghouse.domain.errors import NotFound
from countinghouse.domain.market_rules import ReserveRule
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.order_delivery import deliver
from countinghouse.domain.payout import Payout, PayoutJournal
from countinghouse.domain.payout_journals import PayoutDraft
from countinghouse.domain.psp import FactKind
from countinghouse.usecases.post_orders import post_orders
from countinghouse.usecases.trace_payment import trace_payment
from countinghouse.wallet_folding import fold_sub_wallets
from tests.builders import NOW, a_line, a_payment, an_event, an_order
from tests.fakes.books import FakeOrderBook, FakePaymentBook, FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger
from tests.fakes.payouts import FakePayoutBook
from tests.payouts import a_payout

S = OrderStatus
NO_PAYOUTS = FakePayoutBook()
RULE = ReserveRule(basis_points=0, days=0)


def test_a_trail_shows_orders_events_journals_and_what_is_open() -> None:
    order = an_order(S.CAPTURED)
    orders = FakeOrderBook().put(order)
    events = FakePspEventBook(orders).put(
        an_event(order, FactKind.CAPTURED, "evt_2", received_at=NOW + 1),
        an_event(order, FactKind.AUTHORIZED, "evt_1"),
        an_event(an_order(order_id="other"), FactKind.AUTHORIZED, "evt_3"),
    )
    ledger = FakeLedger()
    post_orders(["o1"], orders, ledger, ledger, FakeClock())

    trail = trace_payment(
        "c1", FakePaymentBook().put(a_payment()), orders, events, ledger, NO_PAYOUTS
    )

    assert trail.orders == (order,)
    assert [event.event_key for event in trail.events] == ["sandbox#evt_1", "sandbox#evt_2"]
    assert [journal.kind for journal in trail.journals] == ["capture"]
    assert trail.residuals == {"EUR": {"psp_receivable:sandbox": 7_000}}


def test_an_order_another_checkout_holds_is_not_shown() -> None:
    orders = FakeOrderBook().put(an_order(S.CAPTURED, checkout_id="c2"))
    ledger = FakeLedger()
    post_orders(["o1"], orders, ledger, ledger, FakeClock())
    payments = FakePaymentBook().put(a_payment(a_line("o1"), a_line("o2", "s2")))

    trail = trace_payment("c1", payments, orders, FakePspEventBook(), ledger, NO_PAYOUTS)

    assert (trail.orders, trail.journals, trail.residuals) == ((), (), {})


def test_a_payment_nobody_knows_is_not_found() -> None:
    with pytest.raises(NotFound):
        trace_payment(
            "c1",
            FakePaymentBook(),
            FakeOrderBook(),
            FakePspEventBook(),
            FakeLedger(),
            NO_PAYOUTS,
        )


def reserved(payout_id: str, minor: int, ledger: FakeLedger) -> Payout:
    """A payout with its reserve in the books."""
    payout = a_payout(payout_id=payout_id, amount_minor=minor)
    book([PayoutDraft(payout, PayoutJournal.RESERVE, NOW)], ledger, ledger)
    return payout


def test_a_trail_names_the_payout_that_took_each_orders_money_away() -> None:
    orders, ledger, payouts = FakeOrderBook(), FakeLedger(), FakePayoutBook()
    expected = {}
    for order_id, payout_id in (("o1", "po_1"), ("o2", "po_2"), ("o3", None)):
        orders.put(deliver(an_order(S.CAPTURED, order_id=order_id), NOW, NOW, RULE))
        post_orders([order_id], orders, ledger, ledger, FakeClock())
        if payout_id is not None:
            payouts.put(reserved(payout_id, 1_000, ledger))
            expected[payout_id] = (order_id,)
    payments = FakePaymentBook().put(a_payment(a_line("o1"), a_line("o2"), a_line("o3")))

    trail = trace_payment("c1", payments, orders, FakePspEventBook(), ledger, payouts)

    assert {payout.payout_id: ids for payout, ids in trail.payouts} == expected


def test_a_trail_follows_an_order_of_a_sub_wallet_through_its_fold() -> None:
    orders, ledger, payouts = FakeOrderBook(), FakeLedger(), FakePayoutBook()
    ids = [("o1", 2, "po_1"), ("o2", 3, None), ("o3", 2, "po_2"), ("o4", 2, None), ("o5", 0, None)]
    for order_id, shard, payout_id in ids:
        order = an_order(S.CAPTURED, order_id=order_id, wallet_shard=shard)
        orders.put(deliver(order, NOW, NOW, RULE))
        post_orders([order_id], orders, ledger, ledger, FakeClock())
        if payout_id is not None:
            fold_sub_wallets(a_payout().wallet, "payout", ledger, FakeClock())
            payouts.put(reserved(payout_id, 1_000, ledger))
    expected = {"po_1": ("o1",), "po_2": ("o2", "o3")}
    payments = FakePaymentBook().put(a_payment(*(a_line(order_id) for order_id, _, _ in ids)))

    trail = trace_payment("c1", payments, orders, FakePspEventBook(), ledger, payouts)

    assert {payout.payout_id: ids for payout, ids in trail.payouts} == expected
