"""A payment as ``PaymentResponse`` and ``PaymentDetailsResponse`` show it."""

from dataclasses import asdict, dataclass
from typing import Final

from tools.sandbox_psp import papers
from tools.sandbox_psp.adyen_face import refusals
from tools.sandbox_psp.adyen_face.amounts import amount_json
from tools.sandbox_psp.adyen_face.methods import SCHEME
from tools.sandbox_psp.adyen_face.notifications import date_text
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.charges import Charge, Session, hosted_url
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.qr import payload
from tools.sandbox_psp.wire import JsonObject, JsonValue

_PAYMENT: Final = "payment"
_PAID: Final = ("authorized", "captured")


@dataclass(frozen=True)
class Payment:
    """What of a payment the engine has no column for.

    ``kind`` is Adyen's type, ``variant`` a card's brand or the type again, ``shopper`` the
    merchant's reference of the shopper.
    """

    kind: str
    variant: str
    card: str
    shopper: str
    native_3ds: bool
    metadata: dict[str, str]


def keep_payment(book: Book, reference: str, payment: Payment) -> None:
    """Write a new payment."""
    papers.keep(book, _PAYMENT, reference, asdict(payment), parent=payment.shopper)


def payment_of(book: Book, reference: str) -> Payment | None:
    """The payment of this reference; None when there never was one."""
    paper = papers.find(book, reference, _PAYMENT)
    return Payment(**paper.data) if paper else None


def refusal_of(charge: Charge) -> tuple[str, str] | None:
    """The ``refusalReasonCode`` and ``refusalReason`` of a payment that failed."""
    if charge.status == "declined":
        return refusals.REASONS[charge.decline_code or "card_declined"]
    return refusals.EXPIRED if charge.status in ("expired", "voided") else None


def payment_json(desk: Desk, charge: Charge, payment: Payment) -> dict[str, JsonValue]:
    """How the payment stands."""
    refused = refusal_of(charge)
    action = _action(desk, charge, payment)
    shown: dict[str, JsonValue] = {
        "merchantReference": charge.order_id,
        "paymentMethod": {"brand": payment.variant, "type": payment.kind},
        "pspReference": charge.psp_reference,
        "resultCode": _result_code(charge, payment, refused),
    }
    if payment.card:
        shown["additionalData"] = {"cardSummary": payment.card, "paymentMethod": payment.variant}
    if charge.status in _PAID:
        shown["amount"] = amount_json(charge.amount, charge.currency)
    if refused is not None:
        shown["refusalReasonCode"], shown["refusalReason"] = refused
    if action is not None:
        shown["action"] = action
    return shown


def details_json(desk: Desk, charge: Charge, payment: Payment) -> dict[str, JsonValue]:
    """The same for a shopper who comes back: one who has not answered yet is ``Pending``."""
    shown = payment_json(desk, charge, payment)
    if charge.status == "requires_action":
        shown["resultCode"] = "Pending"
        shown.pop("action", None)
    return shown


def _result_code(charge: Charge, payment: Payment, refused: tuple[str, str] | None) -> str:
    if refused is not None:
        return refusals.result_code(refused[0])
    if charge.status in _PAID:
        return "Authorised"
    if charge.action_type == "qr_code":
        return "Pending"
    return "ChallengeShopper" if _is_native(charge, payment) else "RedirectShopper"


def _is_native(charge: Charge, payment: Payment) -> bool:
    return charge.action_type == "three_ds" and payment.native_3ds


def _action(desk: Desk, charge: Charge, payment: Payment) -> JsonObject | None:
    """What the shopper has to do: scan a code, pass a challenge, or go where they are sent."""
    if charge.status != "requires_action" or charge.action_type is None:
        return None
    session = desk.session(charge.session)
    url = hosted_url(desk.config.public_url, session.psp_token)
    if charge.action_type == "qr_code":
        return _scan(charge, session, payment, url)
    if _is_native(charge, payment):
        return {
            "authorisationToken": session.client_secret,
            "paymentData": session.client_secret,
            "paymentMethodType": SCHEME,
            "subtype": "challenge",
            "token": session.psp_token,
            "type": "threeDS2",
            "url": url,
        }
    return {"method": "GET", "paymentMethodType": payment.kind, "type": "redirect", "url": url}


def _scan(charge: Charge, session: Session, payment: Payment, url: str) -> JsonObject:
    code = payload(session.psp_token, charge.order_id, charge.amount, charge.currency)
    return {
        "expiresAt": date_text(session.action_expires_at or session.expires_at),
        "paymentData": session.client_secret,
        "paymentMethodType": payment.kind,
        "qrCodeData": code,
        "type": "qrCode",
        "url": url,
    }
