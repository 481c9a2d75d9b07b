"""Customers, and the SetupIntents that save their cards."""

from datetime import datetime
from typing import Any, Final

from tools.sandbox_psp import papers
from tools.sandbox_psp.charges import Session
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.idempotency import first_answer
from tools.sandbox_psp.stripe_face import expand
from tools.sandbox_psp.stripe_face.methods import CARD
from tools.sandbox_psp.stripe_face.params import Params
from tools.sandbox_psp.stripe_face.payment_methods import paper_of, save
from tools.sandbox_psp.stripe_face.times import seconds
from tools.sandbox_psp.wire import JsonObject, Response

CUSTOMER: Final = "customer"
SETUP: Final = "setup_intent"


def create_customer(desk: Desk, call: Call) -> Response:
    """Register a customer."""
    params = Params(call.body.values, ("description", "email", "metadata", "name", "phone"))
    data: dict[str, Any] = {
        "metadata": params.metadata(),
        **{name: params.optional(name) for name in ("description", "email", "name", "phone")},
    }

    def create(_: str) -> Response:
        number = desk.book.next_number(CUSTOMER)
        reference = desk.book.token("cus_", number)
        created = seconds(desk.now())
        papers.keep(desk.book, CUSTOMER, reference, {**data, "created": created, "number": number})
        return expand.answered(desk, customer_view(desk, reference), params)

    return first_answer(desk, call, create)


def read_customer(desk: Desk, call: Call) -> Response:
    """One customer."""
    return expand.retrieved(desk, call, customer_view(desk, call.path["id"]))


def customer_view(desk: Desk, reference: str) -> JsonObject:
    """The customer as the merchant sees it."""
    data = paper_of(desk, CUSTOMER, reference).data
    return {
        "id": reference,
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": data["created"],
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": data["description"],
        "discount": None,
        "email": data["email"],
        "invoice_prefix": f"SANDBOX{data['number']}",
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": data["metadata"],
        "name": data["name"],
        "next_invoice_sequence": 1,
        "phone": data["phone"],
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def create_setup(desk: Desk, call: Call) -> Response:
    """Open a SetupIntent: to the engine a session of no amount, for a buyer to attach a card to."""
    params = Params(call.body.values, (
        "allowed_payment_method_types", "customer", "description", "metadata", "usage",
    ))  # fmt: skip
    types = params.texts("allowed_payment_method_types") or [CARD]
    data: dict[str, Any] = {
        "customer": params.optional("customer"),
        "description": params.optional("description"),
        "metadata": params.metadata(),
        "types": types,
        "usage": params.choice("usage", ("off_session", "on_session"), "off_session"),
        "payment_method": None,
    }

    def create(_: str) -> Response:
        if data["customer"]:
            paper_of(desk, CUSTOMER, data["customer"])
        number, now = desk.book.next_number("session"), desk.now()
        reference = desk.token("session", number)
        secret = f"{reference}_secret_{desk.token('client_secret', number)}"
        checkout = data["metadata"].get("checkout_id")
        desk.book.save_session(_saving(desk, reference, secret, now))
        kept = {**data, "client_secret": secret, "created": seconds(now), "checkout": checkout}
        papers.keep(desk.book, SETUP, reference, kept, parent=data["customer"] or "")
        return expand.answered(desk, setup_view(desk, reference), params)

    return first_answer(desk, call, create)


def _saving(desk: Desk, reference: str, secret: str, now: datetime) -> Session:
    return Session(
        psp_token=reference,
        reference=reference,
        amount=0,
        currency="EUR",
        method=None,
        return_url=None,
        client_secret=secret,
        created_at=now,
        expires_at=now + desk.config.session_lifetime,
    )


def read_setup(desk: Desk, call: Call) -> Response:
    """One SetupIntent."""
    return expand.retrieved(desk, call, setup_view(desk, call.path["id"]))


def setup_view(desk: Desk, reference: str) -> JsonObject:
    """The SetupIntent as the merchant sees it."""
    data = paper_of(desk, SETUP, reference).data
    return {
        "id": reference,
        "object": "setup_intent",
        "allowed_payment_method_types": data["types"],
        "application": None,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "client_secret": data["client_secret"],
        "created": data["created"],
        "customer": data["customer"],
        "customer_account": None,
        "description": data["description"],
        "excluded_payment_method_types": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": data["metadata"],
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": data["payment_method"],
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": data["types"],
        "single_use_mandate": None,
        "status": "succeeded" if data["payment_method"] else "requires_payment_method",
        "usage": data["usage"],
    }


def card_attached(desk: Desk, session: Session) -> None:
    """Save the card of a SetupIntent as its customer's; another card replaces it.

    What a wallet or a code is paid with comes with each PaymentIntent, so it is not saved.
    """
    paper, instrument = papers.find(desk.book, session.psp_token, SETUP), session.instrument
    if paper is None or instrument is None or instrument.kind != CARD:
        return
    method = save(desk, CARD, instrument, paper.data["customer"])
    changed = {**paper.data, "payment_method": method}
    papers.keep(desk.book, SETUP, paper.reference, changed, parent=paper.parent)
