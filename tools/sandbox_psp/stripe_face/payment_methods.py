"""Payment methods: the cards that were saved, the wallets and codes that came with a payment."""

from typing import Final

from tools.sandbox_psp import papers
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.instruments import Instrument
from tools.sandbox_psp.papers import Paper
from tools.sandbox_psp.stripe_face import expand
from tools.sandbox_psp.stripe_face.errors import missing
from tools.sandbox_psp.stripe_face.methods import CARD, instrument_of
from tools.sandbox_psp.stripe_face.times import seconds
from tools.sandbox_psp.wire import JsonObject, JsonValue, Response

METHOD: Final = "payment_method"
_CARD_EXPIRY: Final = {"exp_month": 12, "exp_year": 2034}


def given_method(desk: Desk, kind: str) -> str:
    """Make a payment method of a wallet or a code, given with a PaymentIntent; answers its id."""
    return save(desk, kind, instrument_of(kind), None)


def save(desk: Desk, kind: str, instrument: Instrument, customer: str | None) -> str:
    """Keep a payment method, a customer's or nobody's; answers its id."""
    reference = desk.book.token("pm_", desk.book.next_number(METHOD))
    data = {
        "type": kind, "customer": customer, "instrument": vars(instrument),
        "created": seconds(desk.now()),
    }  # fmt: skip
    papers.keep(desk.book, METHOD, reference, data, parent=customer or "")
    return reference


def saved_method(desk: Desk, reference: str) -> tuple[str, Instrument, str | None]:
    """A payment method's type, what the engine knows it as, and whose it is.

    Raises:
        StripeError: 404 ``resource_missing``.
    """
    data = paper_of(desk, METHOD, reference).data
    return data["type"], Instrument(**data["instrument"]), data["customer"]


def read_method(desk: Desk, call: Call) -> Response:
    """One payment method."""
    return expand.retrieved(desk, call, method_view(desk, call.path["id"]))


def method_view(desk: Desk, reference: str) -> JsonObject:
    """The payment method as the merchant sees it."""
    data = paper_of(desk, METHOD, reference).data
    kind, instrument = data["type"], Instrument(**data["instrument"])
    detail: JsonValue = _card_view(instrument) if kind == CARD else _wallet_detail(kind)
    return {
        "id": reference,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": NOBODY,
        "created": data["created"],
        "customer": data["customer"],
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": kind,
        kind: detail,
    }


def _card_view(instrument: Instrument) -> JsonObject:
    return {
        "brand": instrument.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "US",
        "display_brand": instrument.brand,
        **_CARD_EXPIRY,
        "fingerprint": None,
        "funding": instrument.funding,
        "generated_from": None,
        "last4": instrument.last4,
        "networks": {"available": [instrument.brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _wallet_detail(kind: str) -> JsonObject:
    """What is known of a payment method that is no card."""
    return {"buyer_id": None, "funding": "points"} if kind == "naver_pay" else {}


NOBODY: Final[JsonObject] = {
    "address": None,
    "email": None,
    "name": None,
    "phone": None,
    "tax_id": None,
}


def paper_of(desk: Desk, kind: str, reference: str) -> Paper:
    """What is kept of an object of this kind; ``StripeError`` 404 when there is none."""
    found = papers.find(desk.book, reference, kind)
    if found is None:
        raise missing(kind, reference, kind)
    return found
