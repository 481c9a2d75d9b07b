import io
from dataclasses import dataclass, field
from threading import Barrier

import pytest

from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.psp import FactKind, PspFact
from countinghouse.usecases.execute_order import Execution
from functions.order_execution import handler
from functions.order_execution.wiring import WORKERS, Deps
from tests.builders import POLICY, a_fact, a_line, a_payment
from tests.fakes.books import FakeOrderBook, FakePaymentBook
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeGateway
from tests.fakes.lambdas import FakeContext, failed, sqs_event

MESSAGE = {"order_id": "o1", "checkout_id": "c1"}
K = FactKind
S = OrderStatus


@dataclass
class Desk:
    payments: FakePaymentBook = field(default_factory=FakePaymentBook)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    psp: FakeGateway = field(default_factory=FakeGateway)
    workers: int = 1

    def deps(self) -> Deps:
        ports = Execution(self.orders, self.payments, self.psp, FakeClock(), POLICY)
        return Deps(
            lambda: ports, self.payments.get_many, psp_timeout_ms=5_000, workers=self.workers
        )

    def handle(self, *bodies: object, remaining_ms: int = 60_000) -> list[str]:
        """One batch; the messages that come back."""
        return failed(handler.lambda_handler(sqs_event(*bodies), FakeContext(remaining_ms)))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    desk.payments.put(a_payment())
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_a_message_takes_its_order_further(desk: Desk) -> None:
    desk.psp.will("charge", K.CAPTURED)

    assert desk.handle(MESSAGE) == []
    assert desk.orders["o1"].status is S.CAPTURED


def test_the_same_message_again_is_acknowledged(desk: Desk) -> None:
    desk.psp.will("charge", K.CAPTURED)

    assert desk.handle(MESSAGE, MESSAGE) == []
    assert len(desk.psp.calls) == 1


def test_a_message_for_nothing_is_acknowledged(desk: Desk) -> None:
    assert (
        desk.handle({"order_id": "o9", "checkout_id": "c1"}, {**MESSAGE, "checkout_id": "c9"}) == []
    )


@pytest.mark.parametrize(
    "body", ["", "[]", "order o1", {"order_id": "o1"}, {"order_id": 1, "checkout_id": "c1"}]
)
def test_a_message_that_cannot_be_read_fails_alone(desk: Desk, body: object) -> None:
    desk.psp.will("charge", K.CAPTURED)

    assert desk.handle(body, MESSAGE) == ["m0"]
    assert desk.orders["o1"].status is S.CAPTURED


def test_with_too_little_time_left_nothing_is_sent(desk: Desk) -> None:
    budget = 5_000 + handler.COMMIT_BUDGET_MS

    assert desk.handle(MESSAGE, remaining_ms=budget - 1) == ["m0"]
    assert desk.orders.rows == {}
    desk.psp.will("charge", K.CAPTURED)
    assert desk.handle(MESSAGE, remaining_ms=budget) == []


def test_a_batchs_orders_are_charged_beside_each_other(desk: Desk) -> None:
    desk.workers = WORKERS
    lines = [a_line(f"o{n}", f"s{n}") for n in range(10)]
    desk.payments.put(a_payment(*lines))
    # Passed by nobody before all ten are asking the PSP; one after the other would wait in vain.
    together = Barrier(10, timeout=10)

    def answer(order: Order) -> PspFact:
        together.wait()
        if order.order_id == "o3":
            raise RuntimeError("a bug")
        return a_fact(order, K.CAPTURED)

    desk.psp.will("charge", *[answer] * 10)

    back = desk.handle(*({"order_id": f"o{n}", "checkout_id": "c1"} for n in range(10)))

    assert back == ["m3"]
    assert sum(order.status is S.CAPTURED for order in desk.orders.rows.values()) == 9


def test_a_failure_is_logged_without_what_it_was_about(desk: Desk, logs: io.StringIO) -> None:
    def broken(order: Order) -> PspFact:
        raise RuntimeError(f"token {order.payment_info.psp_token}")

    desk.psp.will("charge", broken)

    assert desk.handle(MESSAGE) == ["m0"]
    assert "RuntimeError" in logs.getvalue()
    assert "tok_c1" not in logs.getvalue()


def test_the_payments_of_a_batch_are_read_together(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.payments.put(a_payment(a_line("o2"), checkout_id="c2"))
    desk.psp.will("charge", K.CAPTURED, K.CAPTURED)
    alone: list[str] = []
    monkeypatch.setattr(desk.payments, "get", alone.append)

    assert desk.handle(MESSAGE, {"order_id": "o2", "checkout_id": "c2"}) == []
    assert {desk.orders[order_id].status for order_id in ("o1", "o2")} == {S.CAPTURED}
    assert alone == []


def test_payments_that_cannot_be_read_together_are_read_one_by_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(_: object) -> None:
        raise ValueError("a row that cannot be read")

    desk.payments.put(a_payment(a_line("o2"), checkout_id="c2"))
    desk.psp.will("charge", K.CAPTURED, K.CAPTURED)
    monkeypatch.setattr(desk.payments, "get_many", damaged)

    assert desk.handle(MESSAGE, {"order_id": "o2", "checkout_id": "c2"}) == []
