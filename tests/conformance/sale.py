"""One order of one checkout, taken through a PSP by our own use cases; only storage is in memory.

The policy is impatient: whatever may be asked or sent again is due at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from countinghouse.domain.errors import CountinghouseError
from countinghouse.domain.fees import FrozenFee
from countinghouse.domain.market_rules import DisputeRules
from countinghouse.domain.order import CaptureMode, OperationKind, Order, OrderStatus
from countinghouse.domain.order_refunds import RefundRequest, refund_of, request_refund
from countinghouse.domain.order_requests import request_operation
from countinghouse.domain.payment import OrderLine, PaymentStatus
from countinghouse.domain.psp import EventStatus
from countinghouse.domain.refund import Refund, RefundStatus
from countinghouse.domain.retry import RetryPolicy
from countinghouse.usecases.apply_psp_event import Inbox, apply_psp_event
from countinghouse.usecases.execute_order import ExecuteOrder, Execution, execute_order
from countinghouse.usecases.post_orders import post_orders
from countinghouse.usecases.receive_psp_event import receive_psp_event
from countinghouse.usecases.tend_order import Tending, tend_order
from tests.builders import a_payment
from tests.conformance.psps import PATIENCE_S, Psp
from tests.fakes.books import FakeOrderBook, FakePaymentBook, FakePspEventBook
from tests.fakes.ledger import FakeLedger
from tests.fakes.payouts import FakePayoutAccounts, FakePayoutBook

S = OrderStatus
IMPATIENT = RetryPolicy(ladder=(1,), lease=1, backoff_base=1, backoff_cap=1, authorization_check=1)
DISPUTES = DisputeRules(frozenset(), fee_given_back_when_lost=False)


class WallClock:
    """The machine's clock."""

    def now(self) -> int:
        """The current instant."""
        return time.time_ns() // 1_000_000


@dataclass
class Sale:
    """An order at one PSP; `orders` is the book it stands in."""

    psp: Psp
    clock: WallClock
    order_id: str
    checkout_id: str
    token: str
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    payments: FakePaymentBook = field(default_factory=FakePaymentBook)
    events: FakePspEventBook = field(default_factory=FakePspEventBook)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    heard: list[EventStatus | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.payouts = FakePayoutBook(FakePayoutAccounts(), self.ledger)
        self.events.orders, self.events.payouts = self.orders, self.payouts

    @property
    def order(self) -> Order:
        """The order as it stands."""
        return self.orders[self.order_id]

    def submit(
        self,
        amount: int,
        currency: str,
        method: str,
        *,
        manual: bool = False,
        **info: Any,
    ) -> Sale:
        """The buyer has submitted the checkout; nothing is charged yet."""
        line = OrderLine(self.order_id, "s1", amount, FrozenFee("none", 0, 0))
        mode = CaptureMode.MANUAL if manual else CaptureMode.AUTOMATIC
        payment = a_payment(line, checkout_id=self.checkout_id, capture=mode, currency=currency)
        assert payment.submission is not None
        assert payment.session is not None
        session = replace(payment.session, psp=self.psp.name, psp_token=self.token)
        chosen = replace(
            payment.submission.payment_info,
            method=method,
            psp=self.psp.name,
            psp_token=self.token,
            return_url="https://shop.example/thanks",
            **info,
        )
        submission = replace(payment.submission, payment_info=chosen)
        self.payments.put(
            replace(
                payment, session=session, submission=submission, status=PaymentStatus.PROCESSING
            )
        )
        return self

    def step(self) -> OrderStatus | None:
        """What an `orders` message does: charge, ask, capture, void, or nothing."""
        command = ExecuteOrder(self.order_id, self.checkout_id)
        gateway = self.psp.desk.gateway()
        ports = Execution(self.orders, self.payments, gateway, self.clock, IMPATIENT)
        return execute_order(command, ports)

    def act(self, result: str) -> None:
        """The buyer answers what the PSP asks of them."""
        self.psp.act(self.order.psp_reference or "", result)

    def hear(self) -> None:
        """Verify, store and apply every webhook that has come."""
        source, now = self.psp.desk.webhooks(), self.clock.now()
        for headers, body in self.psp.letterbox.take():
            source.verify(headers, body, now)
            for event in source.parse(body, now):
                receive_psp_event(event, self.events)
                self.heard.append(apply_psp_event(event.event_key, self._inbox()))

    def _inbox(self) -> Inbox:
        desk = self.psp.desk
        return Inbox(
            events=self.events,
            orders=self.orders,
            gateway=desk.gateway(),
            clock=self.clock,
            policy=IMPATIENT,
            disputes=DISPUTES,
            payouts=self.payouts,
            owners=desk.owners(),
            news=desk.owners(),
        )

    def until(self, *wanted: OrderStatus, asking: bool = True) -> OrderStatus:
        """Go on, by webhooks and by asking, until the order stands so."""
        self._go_on(lambda: self.order.status in wanted, f"{wanted}", self.step if asking else None)
        return self.order.status

    def capture(self, amount: int | None = None) -> None:
        """Want the authorised money, or a part of it."""
        order = self.order
        wanted = request_operation(order, OperationKind.CAPTURE, self.clock.now(), amount)
        self.orders.replace(order, wanted)

    def void(self) -> None:
        """Want the authorisation gone."""
        order = self.order
        self.orders.replace(order, request_operation(order, OperationKind.VOID, self.clock.now()))

    def refund(self, refund_id: str, amount: int | None = None) -> Refund:
        """Want money given back, booked and sent once."""
        request = RefundRequest(refund_id, amount, None, "requested_by_buyer", "f" * 64)
        order = self.order
        self.orders.replace(order, request_refund(order, request, self.clock.now()))
        self.tend()
        self.tend()
        return self.refunded(refund_id)

    def tend(self) -> None:
        """What an `aftercare` message does, after the order's journals were booked."""
        failed = post_orders([self.order_id], self.orders, self.ledger, self.ledger, self.clock)
        assert failed == {}
        gateway = self.psp.desk.refunds()
        ports = Tending(self.orders, self.ledger, gateway, self.clock, IMPATIENT)
        tend_order(self.order_id, ports)

    def refunded(self, refund_id: str) -> Refund:
        """The refund as it stands."""
        found = refund_of(self.order, refund_id)
        assert found is not None
        return found

    def until_refund(self, refund_id: str, *wanted: RefundStatus, asking: bool = True) -> Refund:
        """Go on until the refund stands so."""
        self._go_on(
            lambda: self.refunded(refund_id).status in wanted,
            f"refund {wanted}",
            self.tend if asking else None,
        )
        return self.refunded(refund_id)

    def until_heard(self, met: Callable[[], bool], what: str) -> None:
        """Go on by webhooks alone."""
        self._go_on(met, what, None)

    def _go_on(
        self, met: Callable[[], bool], what: str, further: Callable[[], object] | None
    ) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            self.hear()
            if met():
                return
            assert time.monotonic() < deadline, (
                f"{self.psp.name}: waited in vain for {what}: {self.order}"
            )
            if further is not None:
                try:
                    further()
                except CountinghouseError:
                    # The message comes again.
                    continue
            time.sleep(0.02)
