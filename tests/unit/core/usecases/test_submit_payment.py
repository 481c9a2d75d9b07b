from dataclasses import replace

import pytest

from countinghouse.domain.errors import CountinghouseError, Invalid, KeyReused
from countinghouse.domain.fees import FeeBook, FeeRule
from countinghouse.domain.order import CaptureMode
from countinghouse.domain.payment import OnPartialFailure, PaymentStatus
from countinghouse.domain.submission import OrderPart, SubmitPayment
from countinghouse.usecases.submit_payment import submit_payment
from tests.builders import FEES, NOW, POLICY, a_fee, an_info, an_open_checkout
from tests.fakes.books import FakePaymentBook
from tests.fakes.clock import FakeClock

COMMAND = SubmitPayment(
    checkout_id="c1",
    user_id="u1",
    user_country="DE",
    user_email=None,
    payment_info=an_info(),
    currency="EUR",
    parts=(OrderPart("o1", "s1", 4_000), OrderPart("o2", "s2", 3_000)),
    on_partial_failure=OnPartialFailure.KEEP,
    capture=CaptureMode.AUTOMATIC,
    fingerprint="body",
)
CLOCK = FakeClock()


def test_a_submission_is_laid_on_its_open_checkout_in_one_write() -> None:
    book = FakePaymentBook().put(an_open_checkout())

    submitted = submit_payment(COMMAND, book, CLOCK, POLICY, FEES)

    assert not submitted.replayed
    assert book.log == ["payment submitted"]
    payment = book["c1"]
    assert submitted.payment is payment
    assert (payment.status, payment.version) == (PaymentStatus.PROCESSING, 2)
    assert payment.due_at == NOW + POLICY.first_check
    assert [(x.order_id, x.amount_minor, x.fee) for x in payment.lines] == [
        ("o1", 4_000, a_fee(4_000)),
        ("o2", 3_000, a_fee(3_000)),
    ]


def test_the_same_body_again_is_a_replay_of_the_payment_as_it_stands() -> None:
    book = FakePaymentBook().put(an_open_checkout())
    submit_payment(COMMAND, book, CLOCK, POLICY, FEES)
    now = replace(book["c1"], status=PaymentStatus.SUCCEEDED, version=9)
    book.put(now)

    again = submit_payment(COMMAND, book, CLOCK, POLICY, FEES)

    assert (again.payment, again.replayed) == (now, True)
    assert len(book.log) == 1


def test_a_repeat_under_newer_rules_keeps_the_frozen_fees() -> None:
    book = FakePaymentBook().put(an_open_checkout())
    first = submit_payment(COMMAND, book, CLOCK, POLICY, FEES).payment
    # Backdated, so that it would count for the first submission too.
    newer = FeeBook((*FEES.rules, FeeRule("default-v2", 9_000, valid_from=NOW)))

    again = submit_payment(COMMAND, book, CLOCK, POLICY, newer)

    assert (again.replayed, again.payment.lines) == (True, first.lines)
    assert book["c1"].lines == first.lines


def test_another_body_is_refused_and_changes_nothing() -> None:
    book = FakePaymentBook().put(an_open_checkout())
    submit_payment(COMMAND, book, CLOCK, POLICY, FEES)
    kept = book["c1"]

    with pytest.raises(KeyReused):
        submit_payment(replace(COMMAND, fingerprint="other"), book, CLOCK, POLICY, FEES)

    assert book["c1"] is kept


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"checkout_id": "c9"}, "session_not_found"),
        ({"payment_info": an_info("tok_other")}, "session_mismatch"),
        ({"parts": (OrderPart("o1", "s1", 6_999),)}, "amount_mismatch"),
        ({"currency": "USD"}, "amount_mismatch"),
    ],
)
def test_a_submission_that_does_not_fit_its_session_is_refused(
    changes: dict[str, object], code: str
) -> None:
    book = FakePaymentBook().put(an_open_checkout())

    with pytest.raises(Invalid) as refusal:
        submit_payment(replace(COMMAND, **changes), book, CLOCK, POLICY, FEES)  # type: ignore[arg-type]

    assert refusal.value.code == code
    assert book.log == []


def test_a_cancelled_checkout_takes_no_submission() -> None:
    book = FakePaymentBook().put(an_open_checkout(status=PaymentStatus.CANCELLED))

    with pytest.raises(CountinghouseError) as refusal:
        submit_payment(COMMAND, book, CLOCK, POLICY, FEES)

    assert refusal.value.code == "session_closed"


def test_an_order_given_twice_writes_nothing() -> None:
    book = FakePaymentBook().put(an_open_checkout())

    with pytest.raises(Invalid):
        submit_payment(
            replace(COMMAND, parts=(COMMAND.parts[0], COMMAND.parts[0])), book, CLOCK, POLICY, FEES
        )

    assert book.log == []
