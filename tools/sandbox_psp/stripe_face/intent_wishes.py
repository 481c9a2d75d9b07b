"""What is asked of a new PaymentIntent, read and checked before anything is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tools.sandbox_psp import papers
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.stripe_face.errors import invalid, missing
from tools.sandbox_psp.stripe_face.methods import CARD, METHODS
from tools.sandbox_psp.stripe_face.money import from_wire
from tools.sandbox_psp.stripe_face.params import Params
from tools.sandbox_psp.stripe_face.payment_methods import given_method
from tools.sandbox_psp.stripe_face.setups import CUSTOMER
from tools.sandbox_psp.wire import JsonValue

_KNOWN: Final = (
    "allowed_payment_method_types", "amount", "capture_method", "confirm", "confirmation_method",
    "currency", "customer", "description", "metadata", "off_session", "payment_method",
    "payment_method_data", "payment_method_options", "return_url", "statement_descriptor_suffix",
    "transfer_group",
)  # fmt: skip
_TYPES: Final = (CARD, *METHODS)


@dataclass(frozen=True)
class Wish:
    """A PaymentIntent to be; the amount in the book's minor units."""

    params: Params
    amount: int
    currency: str
    customer: str | None
    metadata: dict[str, str]
    types: list[str]
    capture_method: str
    confirm: bool
    off_session: bool
    payment_method: str | None
    method_data: str | None
    return_url: str | None
    texts: dict[str, str | None]

    def kept(self) -> dict[str, Any]:
        """What of it is kept as it is."""
        names = ("amount", "currency", "customer", "metadata", "types", "capture_method",
                 "off_session", "return_url")  # fmt: skip
        return {**{name: getattr(self, name) for name in names}, **self.texts}


def wish_of(values: Mapping[str, JsonValue]) -> Wish:
    """Read the parameters of a new PaymentIntent.

    Raises:
        StripeError: 400, one is missing, unknown, or does not go with the others.
    """
    params = Params(values, _KNOWN)
    currency = params.currency()
    amount = from_wire(params.integer("amount"), currency)
    data = params.below("payment_method_data", ("type", "billing_details"))
    kind = data.choice("type", METHODS, "") if params.has("payment_method_data") else None
    types = params.texts("allowed_payment_method_types") or [kind or CARD]
    if set(types) - set(_TYPES):
        raise invalid("The payment method type is invalid.", "allowed_payment_method_types")
    params.choice("confirmation_method", ("automatic",), "automatic")
    wish = Wish(
        params=params,
        amount=amount,
        currency=currency,
        customer=params.optional("customer"),
        metadata=params.metadata(),
        types=types,
        capture_method=params.choice("capture_method", ("automatic", "manual"), "automatic"),
        confirm=params.flag("confirm"),
        off_session=params.flag("off_session"),
        payment_method=params.optional("payment_method"),
        method_data=kind,
        return_url=_url(params),
        texts={
            name: params.optional(name)
            for name in ("description", "statement_descriptor_suffix", "transfer_group")
        },
    )
    _check(wish)
    return wish


def _url(params: Params) -> str | None:
    url = params.optional("return_url")
    if url is not None and not url.lower().startswith(("http://", "https://")):
        raise invalid("Not a valid URL", "return_url", "url_invalid")
    return url


def _check(wish: Wish) -> None:
    """What a type of payment method does not allow."""
    if wish.method_data is None:
        return
    method = METHODS[wish.method_data]
    if wish.payment_method is not None:
        raise invalid("Give one payment method.", "payment_method", "parameters_exclusive")
    if method.currency not in (None, wish.currency):
        words = f"The currency {wish.currency.lower()} is invalid for {wish.method_data}."
        raise invalid(words, "currency", "payment_method_currency_mismatch")
    if wish.capture_method == "manual" and not method.manual:
        words = f"{wish.method_data} does not support manual capture."
        raise invalid(words, "capture_method", "payment_intent_incompatible_payment_method")
    leaves = method.kind == "wallet" and wish.method_data != "wechat_pay"
    if leaves and wish.confirm and wish.return_url is None:
        raise invalid("A return_url must be specified.", "return_url", "parameter_missing")
    if wish.method_data == "wechat_pay":
        options = wish.params.below("payment_method_options", _TYPES)
        options.below("wechat_pay", ("client", "app_id")).text("client")


def method_of(desk: Desk, wish: Wish) -> str | None:
    """The id of the payment method it comes with, made now if it was only described.

    Raises:
        StripeError: 404, the customer is not there.
    """
    if wish.customer is not None and papers.find(desk.book, wish.customer, CUSTOMER) is None:
        raise missing(CUSTOMER, wish.customer, "customer")
    if wish.method_data is not None:
        return given_method(desk, wish.method_data)
    return wish.payment_method
