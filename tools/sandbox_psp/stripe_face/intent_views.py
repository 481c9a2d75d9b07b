"""PaymentIntents: what is kept of each beside the engine's charge, and how it looks."""

from collections.abc import Mapping
from typing import Any, Final

from tools.sandbox_psp import papers
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.papers import Paper
from tools.sandbox_psp.stripe_face.declines import EXPIRED, Decline, decline_of
from tools.sandbox_psp.stripe_face.errors import doc_url, missing
from tools.sandbox_psp.stripe_face.methods import next_action
from tools.sandbox_psp.stripe_face.money import to_wire
from tools.sandbox_psp.stripe_face.payment_methods import method_view
from tools.sandbox_psp.stripe_face.times import seconds
from tools.sandbox_psp.wire import JsonObject, JsonValue

INTENT: Final = "payment_intent"
CHARGE: Final = "charge"
_STATUSES: Final = {
    "requires_action": "requires_action",
    "authorized": "requires_capture",
    "captured": "succeeded",
    "declined": "requires_payment_method",
    "voided": "canceled",
}


def intent(desk: Desk, reference: str) -> Paper:
    """What is kept of a PaymentIntent.

    Raises:
        StripeError: 404 ``resource_missing``.
    """
    found = papers.find(desk.book, reference, INTENT)
    if found is None:
        raise missing(INTENT, reference, "intent")
    return found


def changed(desk: Desk, paper: Paper, **changes: object) -> Paper:
    """Keep the PaymentIntent with these changes."""
    data = {**paper.data, **changes}
    papers.keep(desk.book, INTENT, paper.reference, data, parent=paper.parent)
    return intent(desk, paper.reference)


def status_of(paper: Paper, charge: Charge | None) -> str:
    """Where the PaymentIntent stands.

    A code whose time is over leaves it open for another method; of other challenges it is the end.
    """
    if paper.data["canceled_at"]:
        return "canceled"
    if charge is None:
        has_method = paper.data["payment_method"] is not None
        return "requires_confirmation" if has_method else "requires_payment_method"
    if charge.status == "expired":
        return "requires_payment_method" if charge.method == "qr" else "canceled"
    return _STATUSES[charge.status]


def decline(paper: Paper, charge: Charge | None) -> Decline | None:
    """Why its last attempt failed, if it did."""
    if charge is None:
        return None
    if charge.status == "expired" and charge.method == "qr":
        return EXPIRED
    if charge.decline_code is None:
        return None
    return decline_of(charge.decline_code, off_session=paper.data["off_session"])


def payment_error(desk: Desk, paper: Paper, found: Decline) -> dict[str, JsonValue]:
    """A failed attempt, as in ``last_payment_error``."""
    data = paper.data
    error: dict[str, JsonValue] = {
        "advice_code": found.advice,
        "charge": data["charge"] if found.kind == "card_error" else None,
        "code": found.code,
        "decline_code": found.decline_code,
        "doc_url": doc_url(found.code),
        "message": found.message,
        "payment_method": method_view(desk, data["tried"]) if data["tried"] else None,
        "payment_method_type": data["types"][0],
        "type": found.kind,
    }
    return {name: value for name, value in error.items() if value is not None}


def intent_view(desk: Desk, reference: str) -> JsonObject:
    """The PaymentIntent as the merchant sees it now."""
    paper, charge = intent(desk, reference), desk.book.charge(reference)
    data = paper.data
    failed, status = decline(paper, charge), status_of(paper, charge)
    currency = data["currency"]
    amount = charge.amount if charge else data["amount"]
    return {
        **_fixed(reference, data),
        "amount": to_wire(amount, currency),
        "amount_capturable": to_wire(amount, currency) if status == "requires_capture" else 0,
        "amount_received": to_wire(charge.captured, currency) if charge else 0,
        "canceled_at": _canceled_at(data, charge, status),
        "cancellation_reason": _cancellation_reason(data, charge, status),
        "last_payment_error": payment_error(desk, paper, failed) if failed else None,
        "latest_charge": data["charge"] if _was_charged(data, charge) else None,
        "next_action": _next_action(desk, paper, charge),
        "payment_method": None if failed else data["payment_method"],
        "status": status,
    }


def created_view(desk: Desk, reference: str) -> JsonObject:
    """The PaymentIntent as it was made, before its confirmation."""
    paper = intent(desk, reference)
    data = paper.data
    return {
        **_fixed(reference, data),
        "amount": to_wire(data["amount"], data["currency"]),
        "payment_method": data["payment_method"],
        "status": status_of(paper, None),
    }


def _next_action(desk: Desk, paper: Paper, charge: Charge | None) -> JsonValue:
    if charge is None or charge.status != "requires_action":
        return None
    data = paper.data
    session = desk.session(paper.reference)
    return next_action(desk, charge, session, data["types"][0], data["return_url"])


def _was_charged(data: Mapping[str, Any], charge: Charge | None) -> bool:
    if charge is None:
        return False
    return charge.status in ("authorized", "captured", "declined") or data["was_held"]


def _canceled_at(data: Mapping[str, Any], charge: Charge | None, status: str) -> JsonValue:
    if status != "canceled":
        return None
    return data["canceled_at"] or (seconds(charge.updated_at) if charge else None)


def _cancellation_reason(data: Mapping[str, Any], charge: Charge | None, status: str) -> JsonValue:
    if status != "canceled":
        return None
    return "expired" if charge and charge.status == "expired" else data["cancellation_reason"]


def _fixed(reference: str, data: Mapping[str, Any]) -> dict[str, JsonValue]:
    """What no charge changes, and everything else as it is before there is one."""
    return {
        "id": reference,
        "object": INTENT,
        "allowed_payment_method_types": data["types"],
        "amount": 0,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": data["capture_method"],
        "client_secret": data["client_secret"],
        "confirmation_method": "automatic",
        "created": data["created"],
        "currency": data["currency"].lower(),
        "customer": data["customer"],
        "customer_account": None,
        "description": data["description"],
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": data["metadata"],
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": data["types"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": data["statement_descriptor_suffix"],
        "status": "",
        "transfer_data": None,
        "transfer_group": data["transfer_group"],
    }
