from dataclasses import replace

import pytest

from countinghouse.domain.payment import FINAL_PAYMENT_STATUSES, PaymentStatus
from countinghouse.usecases.await_payment import await_payment, is_settled
from tests.builders import a_payment
from tests.fakes.books import FakePaymentBook
from tests.fakes.clock import FakeClock

P = PaymentStatus


class Line:
    """A caller who waits; somebody else ends the payment after some pauses."""

    def __init__(self, end: PaymentStatus = P.SUCCEEDED, after: int = 99) -> None:
        self.payments = FakePaymentBook().put(a_payment())
        self.clock = FakeClock()
        self.end, self.after, self.pauses = end, after, 0

    def pause(self) -> None:
        self.pauses += 1
        self.clock.advance(250)
        if self.pauses == self.after:
            self.payments.put(replace(a_payment(), status=self.end, version=9))

    def wait(self, seconds: int) -> PaymentStatus:
        payment = a_payment()
        return await_payment(payment, seconds, self.payments, self.clock, self.pause).status


@pytest.mark.parametrize("end", sorted(FINAL_PAYMENT_STATUSES | {P.REQUIRES_ACTION}))
def test_the_end_or_the_action_is_told_when_it_comes(end: PaymentStatus) -> None:
    line = Line(end, after=3)

    assert line.wait(5) is end
    assert line.pauses == 3


def test_nobody_waits_longer_than_was_asked() -> None:
    line = Line()

    assert line.wait(2) is P.PROCESSING
    assert line.pauses == 8


def test_what_is_settled_is_not_waited_for() -> None:
    line = Line()
    done = replace(a_payment(), status=P.SUCCEEDED)

    assert await_payment(done, 5, line.payments, line.clock, line.pause) is done
    assert line.pauses == 0
    assert [status for status in P if not is_settled(replace(done, status=status))] == [
        P.OPEN, P.PROCESSING,
    ]  # fmt: skip


def test_a_payment_that_cannot_be_read_stays_as_it_was() -> None:
    line = Line()
    line.payments.rows.clear()

    assert line.wait(1) is P.PROCESSING
