from collections.abc import Callable
from dataclasses import replace

import pytest

from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import MINUTE
from countinghouse.domain.order import CaptureMode, OrderStatus
from countinghouse.domain.payment import Decision, Payment, PaymentStatus
from countinghouse.ports.books import PaymentBook, SubmissionRequest
from countinghouse_aws.dynamodb.payments import DynamoPaymentBook
from tests.builders import (
    HARD,
    NOW,
    REDIRECT,
    TOKEN,
    a_line,
    a_payment,
    a_session,
    a_state,
    a_submission,
    an_info,
    an_open_checkout,
)
from tests.fakes.books import FakePaymentBook

S = OrderStatus
LINES = (a_line("o1"), replace(a_line("o2", "s2", 500), wallet_shard=3))


@pytest.fixture(params=["fake", "dynamo"])
def book(request: pytest.FixtureRequest) -> PaymentBook:
    if request.param == "fake":
        return FakePaymentBook()
    return DynamoPaymentBook(request.getfixturevalue("tables").payments)


def a_request(**changes: object) -> SubmissionRequest:
    wanted = SubmissionRequest(
        "c1", TOKEN, 7_000, "EUR", a_submission(), now=NOW + 5, due_at=NOW + MINUTE
    )
    return replace(wanted, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "payment",
    [
        an_open_checkout(),
        an_open_checkout(session=a_session(client_secret=None, hosted_url=None)),
        an_open_checkout(
            session=a_session(
                alternatives=(
                    a_session("seti_1", psp="stripe", hosted_url=None),
                    a_session("CS_1", psp="adyen", client_secret=None),
                )
            )
        ),
        a_payment(),
        a_payment(*LINES, all_or_none=True, capture=CaptureMode.MANUAL, decision=Decision.VOID),
        a_payment(session=None, checkout_id="order~o1"),
        a_payment(
            *LINES,
            states={
                "o1": a_state(S.CAPTURED, is_posted=True),
                "o2": a_state(S.REQUIRES_ACTION, action=REDIRECT),
            },
            status=PaymentStatus.REQUIRES_ACTION,
        ),
        a_payment(states={"o1": a_state(S.FAILED, failure=HARD)}, due_at=None, asked=4),
        a_payment(
            submission=a_submission(
                user_country=None,
                payment_info=an_info(wallet_provider="paypal", return_url="https://x.example"),
            )
        ),
    ],
    ids=lambda payment: payment.status,
)
def test_what_is_stored_is_what_is_read(book: PaymentBook, payment: Payment) -> None:
    assert book.add(payment) is None

    assert book.get(payment.checkout_id) == payment


def test_a_payment_nobody_stored_is_none(book: PaymentBook) -> None:
    assert book.get("c1") is None
    assert book.get_many(["c1", "c2"]) == {}
    assert book.get_many([]) == {}


def test_a_second_add_gets_what_stood_in_its_way_and_changes_nothing(book: PaymentBook) -> None:
    first = an_open_checkout()
    book.add(first)

    assert book.add(an_open_checkout(amount_minor=1)) == first
    assert book.get("c1") == first


def test_many_are_read_at_once_each_once(book: PaymentBook) -> None:
    stored = [an_open_checkout(f"c{n}") for n in range(3)]
    for payment in stored:
        book.add(payment)

    found = book.get_many(["c0", "c2", "c0", "c9"])

    assert found == {"c0": stored[0], "c2": stored[2]}


def test_a_submission_is_laid_on_its_open_checkout(book: PaymentBook) -> None:
    checkout = an_open_checkout()
    book.add(checkout)

    result = book.submit(a_request())

    expected = replace(
        checkout,
        submission=a_submission(),
        status=PaymentStatus.PROCESSING,
        version=2,
        updated_at=NOW + 5,
        due_at=NOW + MINUTE,
    )
    assert result.accepted
    assert result.payment == expected
    assert book.get("c1") == expected


def submitted(book: PaymentBook) -> None:
    book.add(an_open_checkout())
    book.submit(a_request())


def cancelled(book: PaymentBook) -> None:
    book.add(an_open_checkout(status=PaymentStatus.CANCELLED))


def opened(book: PaymentBook) -> None:
    book.add(an_open_checkout())


def lone(book: PaymentBook) -> None:
    book.add(a_payment(session=None, checkout_id="c1"))


@pytest.mark.parametrize(
    ("given", "request_"),
    [
        (submitted, a_request()),
        (submitted, a_request(submission=a_submission(fingerprint="other"))),
        (cancelled, a_request()),
        (lone, a_request()),
        (opened, a_request(psp_token="tok_other")),
        (opened, a_request(amount_minor=6_999)),
        (opened, a_request(currency="USD")),
    ],
)
def test_a_submission_that_does_not_fit_gets_the_payment_as_it_stands(
    book: PaymentBook, given: Callable[[PaymentBook], None], request_: SubmissionRequest
) -> None:
    given(book)
    before = book.get("c1")

    result = book.submit(request_)

    assert not result.accepted
    assert result.payment == before
    assert book.get("c1") == before


def test_a_submission_without_a_checkout_writes_nothing(book: PaymentBook) -> None:
    result = book.submit(a_request())

    assert (result.accepted, result.payment) == (False, None)
    assert book.get("c1") is None


def test_a_change_is_committed_on_the_version_it_was_made_from(book: PaymentBook) -> None:
    old = a_payment(states={"o1": a_state(S.SENT)})
    new = replace(
        old,
        states={"o1": a_state(S.CAPTURED, is_posted=True)},
        status=PaymentStatus.SUCCEEDED,
        version=3,
        due_at=None,
        updated_at=NOW + 9,
    )
    book.add(old)

    book.replace(old, new)

    assert book.get("c1") == new


def test_the_second_of_two_changes_from_one_version_is_refused(book: PaymentBook) -> None:
    old = a_payment()
    first = replace(old, decision=Decision.CANCEL, version=3)
    book.add(old)
    book.replace(old, first)

    with pytest.raises(Conflict):
        book.replace(old, replace(old, asked=1, version=3))

    assert book.get("c1") == first


def test_a_change_of_what_is_not_there_is_refused(book: PaymentBook) -> None:
    with pytest.raises(Conflict):
        book.replace(a_payment(), a_payment(version=3))

    assert book.get("c1") is None
