"""The PaymentIntent that an attempt asks Stripe for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from countinghouse.domain.order import CaptureMode, Order
from countinghouse.records import dataclass
from countinghouse_aws.psp.profile import CARDS, QR
from countinghouse_aws.psp.stripe_profile import MERCHANT_INITIATED, STRIPE_PROFILE

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCreateParams

CARD = "card"


@dataclass(frozen=True, slots=True)
class Checkout:
    """What a checkout's token stands for: the customer, and the card that was attached."""

    customer: str
    payment_method: str | None


def method_of(order: Order) -> str | None:
    """Stripe's type of the order's method; None when there is none. A debit card is a card."""
    info = order.payment_info
    if info.method in CARDS:
        return CARD
    return STRIPE_PROFILE.qr.get(order.currency) if info.method == QR else info.wallet_provider


def wanted_intent(
    order: Order, amount: int, kind: str, checkout: Checkout
) -> PaymentIntentCreateParams:
    """The PaymentIntent of an attempt, made and confirmed at once."""
    info = order.payment_info
    params: PaymentIntentCreateParams = {
        "amount": amount,
        "currency": order.currency.lower(),
        "customer": checkout.customer,
        "allowed_payment_method_types": [kind],
        "confirm": True,
        "capture_method": "manual" if order.capture_mode is CaptureMode.MANUAL else "automatic",
        "metadata": {"order_id": order.order_id, "key": order.attempts[-1].key},
        "transfer_group": order.checkout_id,
    }
    if info.return_url is not None:
        params["return_url"] = info.return_url
    if info.sca_exemption == MERCHANT_INITIATED:
        params["off_session"] = True
    if kind != CARD:
        params["payment_method_data"] = {"type": kind}
    elif checkout.payment_method is not None:
        params["payment_method"] = checkout.payment_method
    if kind == "wechat_pay":
        params["payment_method_options"] = {"wechat_pay": {"client": "web"}}
    return params
