from dataclasses import dataclass, field
from threading import Barrier

import pytest

from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.psp import RefundFact, SettlementKind
from countinghouse.domain.refund import Refund, RefundStatus
from countinghouse.usecases.post_orders import post_orders
from countinghouse.usecases.tend_order import Tending
from functions.order_aftercare import handler
from functions.order_aftercare.wiring import WORKERS, Deps
from tests.builders import POLICY, a_delivered_order, a_refund, a_refund_fact, an_order, refunding
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeRefundGateway
from tests.fakes.lambdas import FakeContext, failed, sqs_event
from tests.fakes.ledger import FakeLedger

MESSAGE = {"order_id": "o1"}
F = SettlementKind
R = RefundStatus


@dataclass
class Desk:
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    psp: FakeRefundGateway = field(default_factory=FakeRefundGateway)
    clock: FakeClock = field(default_factory=FakeClock)
    workers: int = 1

    def deps(self) -> Deps:
        ports = Tending(self.orders, self.ledger, self.psp, self.clock, POLICY)
        return Deps(lambda: ports, psp_timeout_ms=5_000, workers=self.workers)

    def handle(self, *bodies: object, remaining_ms: int = 60_000) -> list[str]:
        """One batch; the messages that come back."""
        return failed(handler.lambda_handler(sqs_event(*bodies), FakeContext(remaining_ms)))

    def status(self, order_id: str = "o1") -> RefundStatus:
        return a_refund(self.orders[order_id]).status


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    for order_id in ("o1", "o2"):
        desk.orders.put(refunding(a_delivered_order(order_id)))
    post_orders(["o1", "o2"], desk.orders, desk.ledger, desk.ledger, desk.clock)
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_a_message_takes_the_orders_refund_further(desk: Desk) -> None:
    desk.psp.will("refund", F.SUCCEEDED)

    assert desk.handle(MESSAGE) == []
    assert (desk.status(), desk.status("o2")) == (R.SUCCEEDED, R.REQUESTED)


def test_the_same_message_again_sends_nothing(desk: Desk) -> None:
    desk.psp.will("refund", F.PENDING)

    assert desk.handle(MESSAGE, MESSAGE) == []
    assert len(desk.psp.calls) == 1


def test_a_batch_runs_beside_each_other(desk: Desk) -> None:
    desk.workers = WORKERS
    # Passed by nobody before both are asking the PSP; one after the other would wait in vain.
    together = Barrier(2, timeout=10)

    def answer(order: Order, refund: Refund) -> RefundFact:
        together.wait()
        return a_refund_fact(order, F.SUCCEEDED, refund.refund_id)

    desk.psp.will("refund", answer, answer)

    assert desk.handle(MESSAGE, {"order_id": "o2"}) == []
    assert (desk.status(), desk.status("o2")) == (R.SUCCEEDED, R.SUCCEEDED)


@pytest.mark.parametrize("order_id", ["o9", "unpaid"])
def test_a_message_for_nothing_is_acknowledged(desk: Desk, order_id: str) -> None:
    desk.orders.put(an_order(OrderStatus.FAILED, "unpaid"))

    assert desk.handle({"order_id": order_id}) == []


@pytest.mark.parametrize("body", ["", "[]", "{}", {"order_id": None}])
def test_a_message_that_cannot_be_read_fails_alone(desk: Desk, body: object) -> None:
    desk.psp.will("refund", F.SUCCEEDED)

    assert desk.handle(body, MESSAGE) == ["m0"]
    assert desk.status() is R.SUCCEEDED


def test_without_time_for_the_psp_nothing_is_begun(desk: Desk) -> None:
    assert desk.handle(MESSAGE, remaining_ms=7_999) == ["m0"]
    assert desk.psp.calls == []

    desk.psp.will("refund", F.SUCCEEDED)
    assert desk.handle(MESSAGE, remaining_ms=8_000) == []


def test_an_order_that_keeps_changing_comes_again(desk: Desk) -> None:
    touch = lambda: desk.orders.put(desk.orders["o1"].changed(1))  # noqa: E731
    desk.orders.interfere += [touch] * 20

    assert desk.handle(MESSAGE) == ["m0"]
    assert desk.psp.calls == []
