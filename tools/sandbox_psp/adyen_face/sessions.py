"""Checkout sessions, and the payment methods that shoppers leave there."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final

from tools.sandbox_psp import papers
from tools.sandbox_psp.adyen_face.accounts import MERCHANT, check_merchant
from tools.sandbox_psp.adyen_face.amounts import amount_json, read_amount
from tools.sandbox_psp.adyen_face.errors import invalid
from tools.sandbox_psp.adyen_face.keys import kept
from tools.sandbox_psp.adyen_face.methods import QR_TYPES, SCHEME, WALLET_TYPES, variant_of
from tools.sandbox_psp.adyen_face.notifications import date_text
from tools.sandbox_psp.adyen_face.references import psp_reference
from tools.sandbox_psp.charges import Session, hosted_url
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.fields import Fields
from tools.sandbox_psp.instruments import Instrument
from tools.sandbox_psp.papers import Paper
from tools.sandbox_psp.wire import JsonValue, Refused, Response, answer

SESSION: Final = "session"
TOKEN: Final = "token"  # noqa: S105 - a kind of paper
REFERENCE_LENGTH_MAX: Final = 80
_SHOPPER_LENGTH_MIN: Final = 3
# What of the request a session is shown with.
_ECHOED: Final = (
    "countryCode", "metadata", "recurringProcessingModel", "shopperInteraction",
    "shopperReference", "storePaymentMethodMode",
)  # fmt: skip


def create_session(desk: Desk, call: Call) -> Response:
    """Register a checkout; no money is asked for yet."""
    return kept(desk, call, lambda _: _created(desk, call.body))


def _created(desk: Desk, body: Fields) -> Response:
    check_merchant(body)
    amount, currency = read_amount(body, least=0)
    reference, return_url = merchant_reference(body), required_return_url(body)
    number, now = desk.book.next_number("session"), desk.now()
    taken = desk.book.session_by_reference(reference) is not None
    session = Session(
        psp_token=desk.token("session", number),
        # The engine wants each checkout once; here a merchant may have several sessions of it.
        reference=f"{reference}~{number}" if taken else reference,
        amount=amount,
        currency=currency,
        method=None,
        return_url=return_url,
        client_secret=desk.token("client_secret", number),
        created_at=now,
        expires_at=now + desk.config.session_lifetime,
    )
    desk.book.save_session(session)
    stores = body.values.get("storePaymentMethodMode") == "enabled"
    shopper = shopper_reference(body)
    papers.keep(desk.book, SESSION, session.psp_token, {"stores": stores}, parent=shopper)
    return answer(201, _session_json(desk, session, reference, body))


def _session_json(
    desk: Desk, session: Session, reference: str, body: Fields
) -> dict[str, JsonValue]:
    mode = body.choice("mode", ("embedded", "hosted"), default="embedded")
    shown: dict[str, JsonValue] = {
        "amount": amount_json(session.amount, session.currency),
        "expiresAt": date_text(session.expires_at),
        "id": session.psp_token,
        "merchantAccount": MERCHANT,
        "mode": mode,
        "reference": reference,
        "returnUrl": session.return_url,
        "sessionData": session.client_secret,
        **{name: body.values[name] for name in _ECHOED if body.has(name)},
    }
    if mode == "hosted":
        shown["url"] = hosted_url(desk.config.public_url, session.psp_token)
    return shown


def merchant_reference(body: Fields) -> str:
    """The merchant's own id of what is asked for; ``Refused`` 422 ``130`` without one."""
    try:
        return body.text("reference", REFERENCE_LENGTH_MAX)
    except Refused:
        raise invalid("Reference Missing", "130") from None


def shopper_reference(body: Fields) -> str:
    """The merchant's id of the shopper, or nothing; ``Refused`` 422 when it is too short."""
    found = body.optional_text("shopperReference", 256) or ""
    if 0 < len(found) < _SHOPPER_LENGTH_MIN:
        raise invalid(f"shopperReference has at least {_SHOPPER_LENGTH_MIN} characters")
    return found


def required_return_url(body: Fields) -> str:
    """Where the shopper comes back to; ``Refused`` 422 ``14_030`` without it."""
    try:
        found = body.url("returnUrl")
    except Refused:
        found = None
    if found is None:
        raise invalid("Return URL is missing.", "14_030")
    return found


def store(desk: Desk, session: Session) -> None:
    """Keep the card that a shopper has just left in a session which asked for that."""
    paper = papers.find(desk.book, session.psp_token, SESSION)
    instrument = session.instrument
    if paper is None or instrument is None or instrument.kind != "card":
        return
    if paper.data["stores"] and paper.parent:
        reference = psp_reference(desk.book, TOKEN, desk.book.next_number(TOKEN))
        kept_at = desk.now().astimezone(UTC).isoformat(timespec="milliseconds")
        data: dict[str, JsonValue] = {"instrument": dict(vars(instrument)), "createdAt": kept_at}
        papers.keep(desk.book, TOKEN, reference, data, parent=paper.parent)


def stored(desk: Desk, reference: str, shopper: str) -> Instrument:
    """A shopper's card; ``Refused`` 422 ``800`` when that is none of theirs."""
    paper = papers.find(desk.book, reference, TOKEN)
    if paper is None or paper.parent != shopper:
        raise invalid("Contract not found", "800")
    return Instrument(**paper.data["instrument"])


def list_stored(desk: Desk, call: Call) -> Response:
    """A shopper's cards, the newest first."""
    given = Fields(call.request.parameters())
    check_merchant(given)
    shopper = given.text("shopperReference", 256)
    return answer(200, {
        "merchantAccount": MERCHANT,
        "shopperReference": shopper,
        "storedPaymentMethods": _stored_json(desk, shopper),
    })  # fmt: skip


def _stored_json(desk: Desk, shopper: str) -> list[JsonValue]:
    return [_token_json(paper) for paper in reversed(papers.listed(desk.book, TOKEN, shopper))]


def _token_json(paper: Paper) -> Mapping[str, Any]:
    instrument = Instrument(**paper.data["instrument"])
    return {
        "brand": variant_of(instrument, SCHEME),
        "createdAt": paper.data["createdAt"],
        "id": paper.reference,
        "lastFour": instrument.last4,
        "shopperReference": paper.parent,
        "supportedRecurringProcessingModels": ["CardOnFile"],
        "type": SCHEME,
    }


def list_methods(desk: Desk, call: Call) -> Response:
    """What one can pay with here."""
    check_merchant(call.body)
    shopper = call.body.optional_text("shopperReference", 256)
    kinds = [SCHEME, *sorted(WALLET_TYPES | QR_TYPES)]
    return answer(200, {
        "paymentMethods": [{"name": kind, "type": kind} for kind in kinds],
        "storedPaymentMethods": _stored_json(desk, shopper) if shopper else [],
    })  # fmt: skip
