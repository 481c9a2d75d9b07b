"""Take in a checkout's payment: split it into orders, freeze the fees, commit once."""

from dataclasses import dataclass

from countinghouse.domain.errors import Invalid, KeyReused
from countinghouse.domain.fees import FeeBook
from countinghouse.domain.payment import Payment, PaymentStatus
from countinghouse.domain.retry import RetryPolicy
from countinghouse.domain.submission import SubmitPayment, submission_of
from countinghouse.ports.books import PaymentBook, SubmissionRequest
from countinghouse.ports.clock import Clock


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
    fees: FeeBook,
) -> SubmittedPayment:
    """Commit a checkout's payment in one conditional write and no other call.

    A repeat meets the write's condition and gets the payment as it stands. Raises KeyReused for
    another body, Invalid when the checkout's session does not fit.
    """
    now = clock.now()
    request = SubmissionRequest(
        checkout_id=command.checkout_id,
        psp_token=command.payment_info.psp_token,
        amount_minor=sum(part.amount_minor for part in command.parts),
        currency=command.currency,
        submission=submission_of(command, fees, now),
        now=now,
        due_at=now + policy.first_check,
    )
    result = payments.submit(request)
    if result.accepted and result.payment is not None:
        return SubmittedPayment(result.payment, replayed=False)
    return _explain(result.payment, request)


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
