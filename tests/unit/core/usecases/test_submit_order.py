from dataclasses import replace

import pytest

from countinghouse.domain.errors import KeyReused
from countinghouse.domain.order import CaptureMode, OrderStatus
from countinghouse.domain.payment import OnPartialFailure, PaymentStatus
from countinghouse.domain.screening import ScreeningRefused
from countinghouse.domain.submission import OrderPart, SubmitPayment
from countinghouse.usecases.submit_order import SubmittedOrder, checkout_of_single, submit_order
from tests.builders import NOW, POLICY, TERMS, an_info, an_order
from tests.fakes.books import FakeOrderBook, FakePaymentBook
from tests.fakes.clock import FakeClock
from tests.fakes.screening import FakeScreening

COMMAND = SubmitPayment(
    checkout_id=checkout_of_single("o1"),
    user_id="u1",
    user_country=None,
    user_email=None,
    payment_info=an_info(),
    currency="EUR",
    parts=(OrderPart("o1", "s1", 7_000),),
    on_partial_failure=OnPartialFailure.KEEP,
    capture=CaptureMode.AUTOMATIC,
    fingerprint="body",
)


def submit(
    payments: FakePaymentBook,
    orders: FakeOrderBook,
    command: SubmitPayment = COMMAND,
    refused: frozenset[str] = frozenset(),
) -> SubmittedOrder:
    screening = FakeScreening(set(refused))
    return submit_order(command, payments, orders, FakeClock(), POLICY, TERMS, screening)


def test_a_lone_order_is_a_payment_of_one() -> None:
    payments = FakePaymentBook()

    submitted = submit(payments, FakeOrderBook())

    assert not submitted.replayed
    payment = payments["order~o1"]
    assert (payment.status, payment.session) == (PaymentStatus.PROCESSING, None)
    assert [line.order_id for line in payment.lines] == ["o1"]
    assert payment.due_at == NOW + POLICY.first_check


def test_the_same_body_again_is_a_replay() -> None:
    payments, orders = FakePaymentBook(), FakeOrderBook()
    first = submit(payments, orders)
    orders.put(an_order(OrderStatus.SENT, checkout_id="order~o1"))

    again = submit(payments, orders)

    assert (again.payment, again.replayed) == (first.payment, True)


def test_another_body_is_refused() -> None:
    payments = FakePaymentBook()
    submit(payments, FakeOrderBook())

    with pytest.raises(KeyReused) as refusal:
        submit(payments, FakeOrderBook(), replace(COMMAND, fingerprint="other"))

    assert refusal.value.code == "idempotency_key_reused"


def test_an_order_id_of_a_checkout_is_refused() -> None:
    payments = FakePaymentBook()

    with pytest.raises(KeyReused) as refusal:
        submit(payments, FakeOrderBook().put(an_order()))

    assert refusal.value.code == "order_id_in_use"
    assert payments.rows == {}


def test_an_order_of_somebody_on_a_list_is_refused_and_not_stored() -> None:
    payments = FakePaymentBook()

    with pytest.raises(ScreeningRefused) as refusal:
        submit(payments, FakeOrderBook(), refused=frozenset({"s1"}))

    assert refusal.value.code == "party_screened"
    assert payments.log == []


def test_a_repeat_of_an_order_from_before_the_listing_is_a_replay() -> None:
    payments, orders = FakePaymentBook(), FakeOrderBook()
    first = submit(payments, orders)

    again = submit(payments, orders, refused=frozenset({"s1"}))

    assert (again.payment, again.replayed) == (first.payment, True)
