"""What Stripe takes.

Currencies, their wire units and their steps: docs.stripe.com/currencies (presentment currencies,
zero-decimal currencies, three-decimal currencies, special cases). Methods: the types of
`payment_method_data` of the library's version. Declines: docs.stripe.com/declines/codes. Keys:
docs.stripe.com/api/idempotent_requests (kept for at least 24 hours; a stored 500 comes again).
"""

from __future__ import annotations

from countinghouse.domain.instants import DAY, HOUR
from countinghouse_aws.psp.names import STRIPE
from countinghouse_aws.psp.profile import (
    CREDIT_CARD,
    DEBIT_CARD,
    QR,
    WALLET,
    Profile,
    ReplayRules,
    Wire,
)

MERCHANT_INITIATED = "merchant_initiated"

_CURRENCIES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN "
    "BZD CAD CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD "
    "GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK "
    "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
    "OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL "
    "THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"
)
_PAYOUT_CURRENCIES = (
    "AED AUD BGN CAD CHF CZK DKK EUR GBP HKD HUF IDR ISK JPY MXN MYR NOK NZD PHP PLN RON SEK SGD "
    "THB TWD USD"
)
_WALLETS = (
    "alipay amazon_pay cashapp grabpay kakao_pay mobilepay naver_pay payco paypal revolut_pay "
    "samsung_pay satispay twint wechat_pay"
)
_SOFT_DECLINES = (
    "approve_with_id card_velocity_exceeded insufficient_funds issuer_not_available "
    "processing_error reenter_transaction try_again_later withdrawal_count_limit_exceeded"
)
"""Everything else is final, and so is what we have never heard of."""
_WHOLE_UNITS = Wire(2, 100)
_LAST_DIGIT_ZERO = Wire(3, 10)

STRIPE_PROFILE = Profile(
    name=STRIPE,
    methods=frozenset({CREDIT_CARD, DEBIT_CARD, WALLET, QR}),
    wallets=frozenset(_WALLETS.split()),
    qr={"BRL": "pix", "INR": "upi", "SGD": "paynow", "THB": "promptpay"},
    currencies=frozenset(_CURRENCIES.split()),
    payout_currencies=frozenset(_PAYOUT_CURRENCIES.split()),
    replay=ReplayRules(key_window=23 * HOUR, kept=DAY, stored_500=True, resend_allowed=True),
    soft_declines=frozenset(_SOFT_DECLINES.split()),
    wires={
        # No minor unit at Stripe, two decimals in ISO 4217.
        "MGA": Wire(0),
        # No minor unit in ISO 4217, two decimals on the wire that have to be zero.
        "ISK": _WHOLE_UNITS,
        "UGX": _WHOLE_UNITS,
        **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), _LAST_DIGIT_ZERO),
    },
    payout_wires={"HUF": _WHOLE_UNITS, "TWD": _WHOLE_UNITS},
    # Stripe claims exemptions by itself; all that can be said is that the buyer is not there.
    sca_exemptions=frozenset({MERCHANT_INITIATED}),
)
