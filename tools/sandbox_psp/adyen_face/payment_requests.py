"""What a call to ``/payments`` asks for, read and checked."""

from dataclasses import dataclass
from typing import Final

from tools.sandbox_psp.adyen_face import sessions
from tools.sandbox_psp.adyen_face.accounts import check_merchant
from tools.sandbox_psp.adyen_face.amounts import read_amount
from tools.sandbox_psp.adyen_face.errors import invalid
from tools.sandbox_psp.adyen_face.methods import SCHEME, instrument_of
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.fields import Fields
from tools.sandbox_psp.instruments import Instrument
from tools.sandbox_psp.wire import Refused

_METADATA_MAX: Final = 20


@dataclass(frozen=True)
class PaymentRequest:
    """A payment asked for; the amount is in ISO minor units, ``kind`` is Adyen's type."""

    order_id: str
    amount: int
    currency: str
    kind: str
    instrument: Instrument
    shopper: str
    return_url: str
    is_manual: bool
    native_3ds: bool
    metadata: dict[str, str]


def read(desk: Desk, body: Fields) -> PaymentRequest:
    """Read the body.

    Raises:
        Refused: 403 for another merchant's account, 422 for a field that is missing or wrong, 500
            ``905`` for a payment method that is none.
    """
    check_merchant(body)
    amount, currency = read_amount(body)
    shopper = sessions.shopper_reference(body)
    order_id, return_url = sessions.merchant_reference(body), sessions.required_return_url(body)
    kind, instrument = _paid_with(desk, body, shopper)
    return PaymentRequest(
        order_id=order_id,
        amount=amount,
        currency=currency,
        kind=kind,
        instrument=instrument,
        shopper=shopper,
        return_url=return_url,
        is_manual=_nested(body, "additionalData").values.get("manualCapture") in ("true", True),
        native_3ds=_wants_native(body),
        metadata=_metadata(body),
    )


def _paid_with(desk: Desk, body: Fields, shopper: str) -> tuple[str, Instrument]:
    method = _nested(body, "paymentMethod")
    if not method.has("type"):
        raise invalid("Required field 'paymentMethod.type' is not provided.")
    kind = method.text("type", 40)
    if kind != SCHEME:
        return kind, instrument_of(kind)
    if not method.has("storedPaymentMethodId"):
        raise invalid("Required field 'storedPaymentMethodId' is not provided.")
    return kind, sessions.stored(desk, method.text("storedPaymentMethodId"), shopper)


def _wants_native(body: Fields) -> bool:
    """Whether the shopper is to be challenged in the merchant's own page."""
    asked = _nested(_nested(body, "authenticationData"), "threeDSRequestData")
    return asked.values.get("nativeThreeDS") == "preferred"


def _metadata(body: Fields) -> dict[str, str]:
    found = _nested(body, "metadata").values
    texts = {name: value for name, value in found.items() if isinstance(value, str)}
    if len(texts) != len(found) or len(found) > _METADATA_MAX:
        raise invalid(f"metadata has at most {_METADATA_MAX} texts")
    return texts


def _nested(body: Fields, name: str) -> Fields:
    """An object; an absent one is empty."""
    if not body.has(name):
        return Fields({})
    try:
        return body.nested(name)
    except Refused as refused:
        raise invalid(refused.message) from None
