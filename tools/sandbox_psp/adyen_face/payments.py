"""The calls that start and complete a payment.

Each payment is a session of the engine's own, so that its challenge is its own. What comes back
with the shopper (``redirectResult``, ``threeDSResult``) is that session's client secret. The
shopper's answer and the merchant's ``/payments/details`` are one step here: whoever approves on the
hosted page, or by the control call, has paid, and the details only ask how it went.
"""

from typing import Final
from urllib.parse import urlencode

from tools.sandbox_psp import faults, lifecycle
from tools.sandbox_psp.adyen_face import payment_requests
from tools.sandbox_psp.adyen_face.errors import invalid
from tools.sandbox_psp.adyen_face.keys import kept
from tools.sandbox_psp.adyen_face.methods import engine_method, variant_of
from tools.sandbox_psp.adyen_face.payment_answers import (
    Payment,
    details_json,
    keep_payment,
    payment_json,
    payment_of,
)
from tools.sandbox_psp.adyen_face.payment_requests import PaymentRequest
from tools.sandbox_psp.adyen_face.references import psp_reference
from tools.sandbox_psp.charges import Charge, Session
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.fields import Fields
from tools.sandbox_psp.wire import Response, answer

_RESULTS: Final = ("redirectResult", "threeDSResult", "payload")


def create_payment(desk: Desk, call: Call) -> Response:
    """Start a payment, which is its end too when nothing is left for the shopper to do."""
    return kept(desk, call, lambda key: _started(desk, call.body, key))


def _started(desk: Desk, body: Fields, key: str) -> Response:
    request = payment_requests.read(desk, body)
    number = desk.book.next_number("charge")
    reference = desk.token("charge", number)
    instrument = request.instrument
    payment = Payment(
        kind=request.kind,
        variant=variant_of(instrument, request.kind),
        card=instrument.last4 or "",
        shopper=request.shopper,
        native_3ds=request.native_3ds,
        metadata=request.metadata,
    )
    keep_payment(desk.book, reference, payment)
    session = _session(desk, request, number)
    desk.book.save_session(session)
    charge = _charge(desk, request, session, reference, number, key)
    placed = lifecycle.place(desk, session, charge)
    return answer(200, payment_json(desk, placed, payment))


def _session(desk: Desk, request: PaymentRequest, number: int) -> Session:
    now, secret = desk.now(), desk.token("client_secret", -number)
    return Session(
        psp_token=psp_reference(desk.book, "challenge", number),
        reference=f"{request.order_id}/{number}",
        amount=request.amount,
        currency=request.currency,
        method=None,
        return_url=_with_result(request.return_url, secret),
        client_secret=secret,
        created_at=now,
        expires_at=now + desk.config.session_lifetime,
        instrument=request.instrument,
    )


def _with_result(return_url: str, secret: str) -> str:
    """Where the shopper comes back to, with what the merchant is to report."""
    url, hash_, fragment = return_url.partition("#")
    query = urlencode({"redirectResult": secret})
    return f"{url}{'&' if '?' in url else '?'}{query}{hash_}{fragment}"


def _charge(
    desk: Desk, request: PaymentRequest, session: Session, reference: str, number: int, key: str
) -> Charge:
    drift = faults.take(desk.book, (faults.AMOUNT_DRIFT,), "charge", request.order_id)
    return Charge(
        psp_reference=reference,
        number=number,
        session=session.psp_token,
        order_id=request.order_id,
        idempotency_key=key,
        requested=request.amount,
        amount=request.amount + 1 if drift else request.amount,
        currency=request.currency,
        capture="manual" if request.is_manual else "automatic",
        method=engine_method(request.instrument),
        created_at=session.created_at,
        updated_at=session.created_at,
    )


def submit_details(desk: Desk, call: Call) -> Response:
    """Tell what came of the shopper's visit."""
    return kept(desk, call, lambda _: _completed(desk, call.body))


def _completed(desk: Desk, body: Fields) -> Response:
    if not body.has("details"):
        raise invalid("Required object 'details' is not provided.")
    charge = charge_of_result(desk, body)
    payment = payment_of(desk.book, charge.psp_reference) if charge else None
    if charge is None or payment is None:
        raise invalid("Invalid payment details provided")
    return answer(200, details_json(desk, charge, payment))


def charge_of_result(desk: Desk, body: Fields) -> Charge | None:
    """The payment that a body's ``details`` are about; None when they name none."""
    details = body.values.get("details")
    given = Fields(details if isinstance(details, dict) else {})
    secret = next((given.text(name, 2_000) for name in _RESULTS if given.has(name)), None)
    if secret is None:
        return None
    found = desk.book.rows(
        "SELECT c.psp_reference FROM charges c JOIN sessions s ON c.session = s.psp_token"
        " WHERE s.client_secret = ?",
        secret,
    )
    return desk.charge(str(found[0][0])) if found else None
