import pytest

from countinghouse.domain.errors import Conflict, IllegalTransition, NotFound
from countinghouse.domain.payment import Decision, PaymentStatus
from countinghouse.usecases.cancel_payment import cancel_payment
from tests.builders import a_payment, an_open_checkout
from tests.fakes.books import FakePaymentBook
from tests.fakes.clock import FakeClock


def test_a_cancellation_is_decided_once() -> None:
    book = FakePaymentBook().put(a_payment())

    first = cancel_payment("c1", book, FakeClock())
    again = cancel_payment("c1", book, FakeClock())

    assert first.decision is Decision.CANCEL
    assert again is first
    assert book.log == ["payment replaced: processing"]


def test_an_open_checkout_is_over_at_once() -> None:
    book = FakePaymentBook().put(an_open_checkout())

    assert cancel_payment("c1", book, FakeClock()).status is PaymentStatus.CANCELLED
    assert book["c1"].status is PaymentStatus.CANCELLED


def test_a_payment_nobody_knows_is_not_found() -> None:
    with pytest.raises(NotFound):
        cancel_payment("c1", FakePaymentBook(), FakeClock())


def test_a_final_payment_is_not_cancelled() -> None:
    book = FakePaymentBook().put(a_payment(status=PaymentStatus.SUCCEEDED))

    with pytest.raises(IllegalTransition):
        cancel_payment("c1", book, FakeClock())


def test_a_race_is_decided_anew() -> None:
    book = FakePaymentBook().put(a_payment())
    ended = a_payment(status=PaymentStatus.SUCCEEDED, version=9)
    book.interfere.append(lambda: book.put(ended))

    with pytest.raises(IllegalTransition):
        cancel_payment("c1", book, FakeClock())

    assert book["c1"] is ended


def test_a_payment_that_keeps_changing_is_given_up() -> None:
    book = FakePaymentBook().put(a_payment())
    book.interfere += [
        lambda v=version: book.put(a_payment(version=v))  # type: ignore[misc]
        for version in range(10, 60)
    ]

    with pytest.raises(Conflict):
        cancel_payment("c1", book, FakeClock())
