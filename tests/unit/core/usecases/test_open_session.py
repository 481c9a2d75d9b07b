import pytest

from countinghouse.domain.errors import KeyReused, Unavailable
from countinghouse.domain.money import Money
from countinghouse.domain.payment import PaymentStatus
from countinghouse.usecases.open_session import OpenedSession, OpenSession, open_session
from tests.builders import a_payment, an_open_checkout
from tests.fakes.books import FakePaymentBook
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeGateway

COMMAND = OpenSession("c1", Money(7_000, "EUR"), "https://shop.example/back")


def opened(
    book: FakePaymentBook, psp: FakeGateway, command: OpenSession = COMMAND
) -> OpenedSession:
    return open_session(command, book, psp, FakeClock())


def test_a_checkout_is_registered_at_the_psp_and_then_kept() -> None:
    book, psp = FakePaymentBook(), FakeGateway()

    session = opened(book, psp)

    assert not session.replayed
    assert psp.calls == [("open_session", "c1")]
    assert book["c1"] is session.payment
    assert session.payment.status is PaymentStatus.OPEN
    assert session.payment.session is not None
    assert session.payment.session.psp_token == "tok_c1"


def test_the_same_checkout_gets_the_same_token_without_a_call() -> None:
    book, psp = FakePaymentBook(), FakeGateway()
    first = opened(book, psp)

    again = opened(book, psp)

    assert (again.payment, again.replayed) == (first.payment, True)
    assert len(psp.calls) == 1


def test_a_submitted_checkout_still_shows_its_session() -> None:
    book, psp = FakePaymentBook().put(a_payment()), FakeGateway()

    assert opened(book, psp).replayed
    assert psp.calls == []


@pytest.mark.parametrize("amount", [Money(7_001, "EUR"), Money(7_000, "USD")])
def test_another_amount_or_currency_is_another_body(amount: Money) -> None:
    book = FakePaymentBook().put(an_open_checkout())

    with pytest.raises(KeyReused):
        opened(book, FakeGateway(), OpenSession("c1", amount))


def test_two_registrations_at_once_end_in_one_session() -> None:
    book, psp = FakePaymentBook(), FakeGateway()
    theirs = an_open_checkout()
    book.interfere.append(lambda: book.put(theirs))

    session = opened(book, psp)

    assert (session.payment, session.replayed) == (theirs, True)


def test_a_psp_that_does_not_answer_leaves_nothing_behind() -> None:
    book, psp = FakePaymentBook(), FakeGateway(session_error=Unavailable("no answer"))

    with pytest.raises(Unavailable):
        opened(book, psp)

    assert book.rows == {}
