"""Take in a checkout's payment: split it into orders, freeze the fees and rates, commit once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from countinghouse.domain.conversion import Conversion
from countinghouse.domain.errors import Invalid, KeyReused
from countinghouse.domain.instants import Instant
from countinghouse.domain.payment import Payment, PaymentStatus
from countinghouse.domain.retry import RetryPolicy
from countinghouse.domain.submission import (
    NO_CONVERSIONS,
    SubmitPayment,
    Terms,
    screen_parties,
    submission_of,
)
from countinghouse.ports.books import PaymentBook, SubmissionRequest
from countinghouse.ports.clock import Clock
from countinghouse.ports.screening import Screening
from countinghouse.records import dataclass

if TYPE_CHECKING:
    # Brings in rates, which most checkouts have no need of.
    from countinghouse.ports.fx import QuoteBook


@dataclass(frozen=True, slots=True)
class SubmittedPayment:
    """The payment; `replayed` when this very body was taken in before."""

    payment: Payment
    replayed: bool


def submit_payment(
    command: SubmitPayment,
    payments: PaymentBook,
    clock: Clock,
    policy: RetryPolicy,
    terms: Terms,
    screening: Screening,
    quotes: Callable[[], QuoteBook],
) -> SubmittedPayment:
    """Commit a checkout's payment in one conditional write and, unless it converts, no other call.

    Everybody in it is screened first. A repeat meets the write's condition and gets the payment as
    it stands. Raises ScreeningRefused, KeyReused for another body, Invalid when an exemption
    cannot hold, a quote cannot be used or the checkout's session does not fit.
    """
    now = clock.now()
    try:
        conversions = _locked(command, quotes, now)
    except Invalid:
        # A quote that was good when this very body came first may have expired.
        known = _taken_in_before(command, payments)
        if known is None:
            raise
        return SubmittedPayment(known, replayed=True)
    submission = submission_of(command, terms, now, conversions)
    verdict = screen_parties(command, submission, screening.screen)
    if not verdict.allowed:
        known = _taken_in_before(command, payments)
        if known is None:
            verdict.refuse()
        return SubmittedPayment(known, replayed=True)
    request = SubmissionRequest(
        checkout_id=command.checkout_id,
        psp_token=command.payment_info.psp_token,
        amount_minor=sum(part.amount_minor for part in command.parts),
        currency=command.currency,
        submission=submission,
        now=now,
        due_at=now + policy.first_check,
    )
    result = payments.submit(request)
    if result.accepted and result.payment is not None:
        return SubmittedPayment(result.payment, replayed=False)
    return _explain(result.payment, request)


def _locked(
    command: SubmitPayment, quotes: Callable[[], QuoteBook], now: Instant
) -> Mapping[str, Conversion]:
    """What each order that is converted keeps of its quote, by order id. Raises Invalid."""
    if not (command.converted_parts or command.fx_quotes):
        return NO_CONVERSIONS
    from countinghouse.domain.fx_checkout import conversions_of  # noqa: PLC0415

    book = quotes()
    ids = command.fx_quotes if command.converted_parts else ()
    found = {quote_id: book.get(quote_id) for quote_id in ids}
    known = [quote for quote in found.values() if quote is not None]
    if len(known) < len(found):
        unknown = next(quote_id for quote_id, quote in found.items() if quote is None)
        raise Invalid(f"there is no quote {unknown}", code="fx_quote_unknown", field="fx_quotes")
    return conversions_of(command, known, now)


def _taken_in_before(command: SubmitPayment, payments: PaymentBook) -> Payment | None:
    """The payment that this very body made, when nothing was in its way yet."""
    existing = payments.get(command.checkout_id)
    known = existing.submission if existing else None
    return existing if known is not None and known.fingerprint == command.fingerprint else None


def _explain(existing: Payment | None, request: SubmissionRequest) -> SubmittedPayment:
    field = "payment_details.psp_token"
    if existing is None:
        raise Invalid(
            "this checkout has no session yet: POST /v1/payments/sessions first",
            code="session_not_found",
            field=field,
        )
    if existing.submission is not None:
        if existing.submission.fingerprint != request.submission.fingerprint:
            raise KeyReused(f"checkout {request.checkout_id} was submitted with another body")
        return SubmittedPayment(existing, replayed=True)
    if existing.status is not PaymentStatus.OPEN:
        raise Invalid("this checkout was cancelled", code="session_closed", field="checkout_id")
    if existing.session is None or existing.session.psp_token != request.psp_token:
        raise Invalid("that is not this checkout's token", code="session_mismatch", field=field)
    raise Invalid(
        f"the session is for {existing.amount_minor} {existing.currency}, "
        f"the orders add up to {request.amount_minor} {request.currency}",
        code="amount_mismatch",
        field="orders",
    )
