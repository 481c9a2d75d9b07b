"""Adyen's payment method types as instruments of the engine."""

from typing import Final

from tools.sandbox_psp.instruments import Instrument
from tools.sandbox_psp.wire import Refused

SCHEME: Final = "scheme"
# Types of Checkout v72 that show a code to scan, and those that send the buyer to a wallet.
QR_TYPES: Final = frozenset((
    "bcmc_mobile_QR", "duitnow", "paynow", "pix", "promptpay", "swish", "upi_qr", "wechatpayQR",
))  # fmt: skip
WALLET_TYPES: Final = frozenset((
    "alipay", "alipay_hk", "amazonpay", "cashapp", "dana", "gcash", "gopay_wallet", "grabpay_ID",
    "grabpay_MY", "grabpay_PH", "grabpay_SG", "grabpay_TH", "grabpay_VN", "kakaopay", "mbway",
    "mobilepay", "momo_wallet", "paymaya_wallet", "payme", "paypal", "paypay", "paytm", "touchngo",
    "truemoney", "twint", "vipps", "wechatpayWeb",
))  # fmt: skip

# The engine's brands as Adyen names its variants.
_VARIANTS: Final = {"mastercard": "mc"}


def instrument_of(kind: str) -> Instrument:
    """What a payment of this type is paid with, cards aside.

    Raises:
        Refused: 500 ``905``, as Adyen says that the account has no such method.
    """
    if kind in QR_TYPES:
        return Instrument(kind="qr", behaviour="qr")
    if kind in WALLET_TYPES:
        return Instrument(kind="wallet", behaviour="wallet", wallet_provider=kind)
    raise Refused(500, "905", "Payment details are not supported")


def engine_method(instrument: Instrument) -> str:
    """The engine's name for how this is paid."""
    if instrument.kind != "card":
        return instrument.kind
    return "debit_card" if instrument.funding == "debit" else "credit_card"


def variant_of(instrument: Instrument, kind: str) -> str:
    """``paymentMethod`` of webhooks and reports: a card's brand, else the type itself."""
    if instrument.kind != "card":
        return kind
    brand = instrument.brand or "visa"
    return _VARIANTS.get(brand, brand)
