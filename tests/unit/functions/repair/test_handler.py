import json

import pytest

from countinghouse.domain.order import OrderStatus
from countinghouse.messages import Queue
from countinghouse.usecases.sweep_due import Sweep
from functions.repair import handler
from tests.builders import NOW, a_payment, an_order
from tests.fakes.books import FakeOrderBook, FakePaymentBook, FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import FakeContext
from tests.fakes.ledger import FakeLedger
from tests.fakes.payouts import FakePayoutBook
from tests.fakes.queues import FakeDueIndex, FakeDueWallets, FakeOutbox
from tests.payouts import a_payout


def test_a_sweep_says_how_much_was_due_and_for_how_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    payments = FakePaymentBook().put(a_payment())
    orders = FakeOrderBook().put(an_order(OrderStatus.UNKNOWN))
    events, outbox, ledger = FakePspEventBook(orders), FakeOutbox(), FakeLedger()
    payouts = FakePayoutBook().put(a_payout())
    ports = Sweep(
        due_payments=FakeDueIndex(payments.rows),
        due_orders=FakeDueIndex(orders.rows),
        due_events=FakeDueIndex(events.rows),
        due_wallets=FakeDueWallets(ledger.wallet_rows),
        due_payouts=FakeDueIndex(payouts.rows),
        payments=payments,
        orders=orders,
        events=events,
        journals=ledger,
        outbox=outbox,
        clock=FakeClock(NOW + 10**9),
    )
    monkeypatch.setattr(handler, "deps", lambda: ports)

    answer = handler.lambda_handler({"whatever": "it says"}, FakeContext())
    shown = json.loads(capsys.readouterr().out.splitlines()[-1])

    assert answer == {
        "payments": 1,
        "orders": 1,
        "psp_events": 0,
        "wallets": 0,
        "payouts": 1,
        "waited_s": {"payments": 999_940, "orders": 999_985, "psp_events": 0, "payouts": 999_700},
    }
    assert (shown["Due_orders"], shown["LongestDue_orders"]) == (1, [999_985])
    assert outbox.bodies(Queue.PAYOUTS) == [{"payout_id": "po_1"}]
    assert outbox.bodies(Queue.ORDERS) == [{"order_id": "o1", "checkout_id": "c1"}] * 2
