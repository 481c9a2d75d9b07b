from dataclasses import replace

import pytest

from countinghouse.domain.errors import CountinghouseError, Invalid, KeyReused
from countinghouse.domain.fees import FeeBook, FeeRule, freeze_fee
from countinghouse.domain.instants import DAY
from countinghouse.domain.order import CaptureMode
from countinghouse.domain.payment import OnPartialFailure, PaymentStatus
from countinghouse.domain.screening import ScreeningRefused, ScreeningRequest
from countinghouse.domain.submission import OrderPart, SubmitPayment, Terms
from countinghouse.usecases.submit_payment import submit_payment
from tests.builders import FEES, NOW, POLICY, TERMS, a_fee, an_info, an_open_checkout
from tests.converted import a_conversion, a_quote
from tests.fakes.books import FakePaymentBook
from tests.fakes.clock import FakeClock
from tests.fakes.fx import FakeQuoteBook
from tests.fakes.screening import FakeScreening

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
ANYBODY = FakeScreening()
NO_QUOTES = FakeQuoteBook


def test_a_submission_is_laid_on_its_open_checkout_in_one_write() -> None:
    book = FakePaymentBook().put(an_open_checkout())

    submitted = submit_payment(COMMAND, book, CLOCK, POLICY, TERMS, ANYBODY, NO_QUOTES)

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
    submit_payment(COMMAND, book, CLOCK, POLICY, TERMS, ANYBODY, NO_QUOTES)
    now = replace(book["c1"], status=PaymentStatus.SUCCEEDED, version=9)
    book.put(now)

    again = submit_payment(COMMAND, book, CLOCK, POLICY, TERMS, ANYBODY, NO_QUOTES)

    assert (again.payment, again.replayed) == (now, True)
    assert len(book.log) == 1


def test_a_repeat_under_newer_rules_keeps_the_frozen_fees() -> None:
    book = FakePaymentBook().put(an_open_checkout())
    first = submit_payment(COMMAND, book, CLOCK, POLICY, TERMS, ANYBODY, NO_QUOTES).payment
    # Backdated, so that it would count for the first submission too.
    newer = FeeBook((*FEES.rules, FeeRule("default-v2", 9_000, valid_from=NOW)))

    again = submit_payment(COMMAND, book, CLOCK, POLICY, Terms(newer), ANYBODY, NO_QUOTES)

    assert (again.replayed, again.payment.lines) == (True, first.lines)
    assert book["c1"].lines == first.lines


def test_another_body_is_refused_and_changes_nothing() -> None:
    book = FakePaymentBook().put(an_open_checkout())
    submit_payment(COMMAND, book, CLOCK, POLICY, TERMS, ANYBODY, NO_QUOTES)
    kept = book["c1"]

    with pytest.raises(KeyReused):
        submit_payment(
            replace(COMMAND, fingerprint="other"), book, CLOCK, POLICY, TERMS, ANYBODY, NO_QUOTES
        )

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
        submit_payment(replace(COMMAND, **changes), book, CLOCK, POLICY, TERMS, ANYBODY, NO_QUOTES)  # type: ignore[arg-type]

    assert refusal.value.code == code
    assert book.log == []


def test_a_cancelled_checkout_takes_no_submission() -> None:
    book = FakePaymentBook().put(an_open_checkout(status=PaymentStatus.CANCELLED))

    with pytest.raises(CountinghouseError) as refusal:
        submit_payment(COMMAND, book, CLOCK, POLICY, TERMS, ANYBODY, NO_QUOTES)

    assert refusal.value.code == "session_closed"


def test_an_order_given_twice_writes_nothing() -> None:
    book = FakePaymentBook().put(an_open_checkout())

    with pytest.raises(Invalid):
        submit_payment(
            replace(COMMAND, parts=COMMAND.parts[:1] * 2),
            book,
            CLOCK,
            POLICY,
            TERMS,
            ANYBODY,
            NO_QUOTES,
        )

    assert book.log == []


def test_the_buyer_is_screened_with_every_seller_before_anything_is_written() -> None:
    screening = FakeScreening()
    named = replace(COMMAND, user_name="Ada L", user_email="ada@example.org")
    book = FakePaymentBook().put(an_open_checkout())

    submit_payment(named, book, CLOCK, POLICY, TERMS, screening, NO_QUOTES)

    assert screening.asked == [
        ScreeningRequest("DE", None, "u1", seller_id, "Ada L", "example.org")
        for seller_id in ("s1", "s2")
    ]


@pytest.mark.parametrize(
    ("listed", "code"),
    [("DE", "country_blocked"), ("u1", "party_screened"), ("s2", "party_screened")],
)
def test_a_listed_party_is_refused_and_nothing_is_written(listed: str, code: str) -> None:
    book = FakePaymentBook().put(an_open_checkout())

    with pytest.raises(ScreeningRefused) as refusal:
        submit_payment(COMMAND, book, CLOCK, POLICY, TERMS, FakeScreening({listed}), NO_QUOTES)

    assert refusal.value.code == code
    assert listed not in refusal.value.detail
    assert book.log == []


def test_a_repeat_of_what_was_taken_in_before_the_listing_is_a_replay() -> None:
    book = FakePaymentBook().put(an_open_checkout())
    first = submit_payment(COMMAND, book, CLOCK, POLICY, TERMS, ANYBODY, NO_QUOTES).payment

    again = submit_payment(COMMAND, book, CLOCK, POLICY, TERMS, FakeScreening({"u1"}), NO_QUOTES)

    assert (again.payment, again.replayed) == (first, True)
    with pytest.raises(ScreeningRefused):
        submit_payment(
            replace(COMMAND, fingerprint="other"),
            book,
            CLOCK,
            POLICY,
            TERMS,
            FakeScreening({"u1"}),
            NO_QUOTES,
        )


# --- conversion ---------------------------------------------------------------------------------

IN_USD = replace(
    COMMAND,
    currency="USD",
    parts=(
        OrderPart("o1", "s1", 7_000, seller_currency="EUR"),
        OrderPart("o2", "s2", 500, seller_currency="USD"),
    ),
    fx_quotes=("fxq_1",),
)


def a_dollar_checkout() -> FakePaymentBook:
    return FakePaymentBook().put(an_open_checkout(amount_minor=7_500, currency="USD"))


def test_a_rate_is_locked_for_the_order_that_is_paid_out_in_another_currency() -> None:
    book, quotes = a_dollar_checkout(), FakeQuoteBook().put(a_quote())

    submitted = submit_payment(IN_USD, book, CLOCK, POLICY, TERMS, ANYBODY, lambda: quotes)

    converted, plain = submitted.payment.lines
    assert converted.conversion == a_conversion()
    assert (converted.amount_minor, plain.conversion) == (7_000, None)
    # The fee is of what the seller gets, in the seller's currency.
    assert converted.fee == freeze_fee(6_203, "EUR", FEES.rules[0])
    assert plain.fee == freeze_fee(500, "USD", FEES.rules[0])
    assert (quotes.reads, book.log) == (1, ["payment submitted"])


def test_a_repeat_after_the_quotes_time_is_a_replay() -> None:
    book, quotes = a_dollar_checkout(), FakeQuoteBook().put(a_quote())
    first = submit_payment(IN_USD, book, CLOCK, POLICY, TERMS, ANYBODY, lambda: quotes).payment
    later = FakeClock(NOW + DAY)

    again = submit_payment(IN_USD, book, later, POLICY, TERMS, ANYBODY, lambda: quotes)

    assert (again.payment, again.replayed) == (first, True)
    with pytest.raises(Invalid) as refusal:
        submit_payment(
            replace(IN_USD, fingerprint="other"),
            book,
            later,
            POLICY,
            TERMS,
            ANYBODY,
            lambda: quotes,
        )
    assert refusal.value.code == "fx_quote_expired"


@pytest.mark.parametrize(
    ("changes", "code", "reads"),
    [
        ({"fx_quotes": ()}, "fx_quote_required", 0),
        ({"fx_quotes": ("fxq_9",)}, "fx_quote_unknown", 1),
        ({"fx_quotes": ("fxq_1", "fxq_2")}, "fx_quote_mismatch", 2),
        ({"parts": IN_USD.parts[1:]}, "fx_quote_mismatch", 0),
    ],
)
def test_without_the_right_quote_nothing_is_written(
    changes: dict[str, object], code: str, reads: int
) -> None:
    book = a_dollar_checkout()
    quotes = FakeQuoteBook().put(a_quote(), a_quote("GBP", "EUR", quote_id="fxq_2"))
    wanted = replace(IN_USD, **changes)  # type: ignore[arg-type]

    with pytest.raises(Invalid) as refusal:
        submit_payment(wanted, book, CLOCK, POLICY, TERMS, ANYBODY, lambda: quotes)

    assert (refusal.value.code, quotes.reads, book.log) == (code, reads, [])


def test_a_checkout_of_one_currency_reads_no_quote() -> None:
    def nobody() -> FakeQuoteBook:
        raise AssertionError("nothing is converted")

    book = FakePaymentBook().put(an_open_checkout())

    assert not submit_payment(COMMAND, book, CLOCK, POLICY, TERMS, ANYBODY, nobody).replayed
