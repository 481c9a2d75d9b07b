"""What Adyen takes, and what its codes mean.

Currencies: docs.adyen.com/development-resources/currency-codes, "CLP, CVE, IDR, and ISK": there
with 2, 0, 0 and 2 decimals, unlike ISO 4217. Keys: docs.adyen.com/development-resources/
api-idempotency, kept for 31 days at least, 7 in older texts; a failed request is no stored answer.
Refusals: docs.adyen.com/development-resources/refusal-reasons.
"""

from __future__ import annotations

from collections.abc import Mapping

from countinghouse.domain.instants import DAY
from countinghouse_aws.psp.names import ADYEN
from countinghouse_aws.psp.profile import (
    CREDIT_CARD,
    DEBIT_CARD,
    QR,
    WALLET,
    Profile,
    ReplayRules,
    Wire,
)

_CURRENCIES = (
    "AED ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BMD BND BOB BRL BSD BWP BYN BZD CAD CHF CLP "
    "CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD "
    "HNL HTG HUF IDR ILS INR IQD ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LYD "
    "MAD MDL MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK "
    "PHP PKR PLN PYG QAR RON RSD RWF SAR SBD SCR SEK SGD SHP SOS SRD SVC SZL THB TND TOP TRY TTD "
    "TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"
)
_PAYOUT_CURRENCIES = "AUD BRL CAD CHF CZK DKK EUR GBP HKD HUF NOK NZD PLN RON SEK SGD USD"
"""What the bank accounts are in whose currency Adyen lets us tell (adyen_payouts)."""

_GRABPAY = {
    "MYR": "grabpay_MY",
    "PHP": "grabpay_PH",
    "SGD": "grabpay_SG",
    "THB": "grabpay_TH",
    "VND": "grabpay_VN",
}
_WALLETS: Mapping[str, str | Mapping[str, str]] = {
    "alipay": "alipay",
    "alipay_hk": "alipay_hk",
    "cashapp": "cashapp",
    "dana": "dana",
    "gcash": "gcash",
    "gopay": "gopay_wallet",
    "grabpay": _GRABPAY,
    "kakao_pay": "kakaopay",
    "mb_way": "mbway",
    "mobilepay": "mobilepay",
    "momo": "momo_wallet",
    "payme": "payme",
    "paypal": "paypal",
    "paypay": "paypay",
    "paytm": "paytm",
    "touchngo": "touchngo",
    "truemoney": "truemoney",
    "twint": "twint",
    "vipps": "vipps",
    "wechat_pay": "wechatpayWeb",
}
"""Our names of wallets that a redirect is enough for, as payment method types of Checkout."""

_QR = {
    "BRL": "pix",
    "CNY": "wechatpayQR",
    "EUR": "bcmc_mobile_QR",
    "INR": "upi_qr",
    "MYR": "duitnow",
    "SEK": "swish",
    "SGD": "paynow",
    "THB": "promptpay",
}

ADYEN_PROFILE = Profile(
    name=ADYEN,
    methods=frozenset({CREDIT_CARD, DEBIT_CARD, WALLET, QR}),
    wallets=frozenset(_WALLETS),
    qr=_QR,
    currencies=frozenset(_CURRENCIES.split()),
    payout_currencies=frozenset(_PAYOUT_CURRENCIES.split()),
    # Never to the last minute of the seven days; a repeat is how Adyen is asked at all.
    replay=ReplayRules(key_window=6 * DAY, kept=7 * DAY, stored_500=False, resend_allowed=True),
    soft_declines=frozenset(
        {
            "acquirer_error",
            "issuer_unavailable",
            "not_enough_balance",
            "not_submitted",
            "withdrawal_amount_exceeded",
            "withdrawal_count_exceeded",
        }
    ),
    wires={"CLP": Wire(2), "CVE": Wire(0), "IDR": Wire(0), "ISK": Wire(2)},
    sca_exemptions=frozenset(
        {
            "low_value",
            "transaction_risk_analysis",
            "trusted_beneficiary",
            "secure_corporate",
            "merchant_initiated",
        }
    ),
)

SCA_EXEMPTIONS = {
    "low_value": "lowValue",
    "transaction_risk_analysis": "transactionRiskAnalysis",
    "trusted_beneficiary": "trustedBeneficiary",
    "secure_corporate": "secureCorporate",
}
"""`additionalData.scaExemption` by our names; a merchant's own charge is said otherwise."""

REFUSALS = {
    "2": "Refused",
    "3": "Referral",
    "4": "Acquirer Error",
    "5": "Blocked Card",
    "6": "Expired Card",
    "7": "Invalid Amount",
    "8": "Invalid Card Number",
    "9": "Issuer Unavailable",
    "10": "Not supported",
    "11": "3D Not Authenticated",
    "12": "Not enough balance",
    "14": "Acquirer Fraud",
    "15": "Cancelled",
    "16": "Shopper Cancelled",
    "17": "Invalid Pin",
    "18": "Pin tries exceeded",
    "19": "Pin validation not possible",
    "20": "FRAUD",
    "21": "Not Submitted",
    "22": "FRAUD-CANCELLED",
    "23": "Transaction Not Permitted",
    "24": "CVC Declined",
    "25": "Restricted Card",
    "26": "Revocation Of Auth",
    "27": "Declined Non Generic",
    "28": "Withdrawal amount exceeded",
    "29": "Withdrawal count exceeded",
    "31": "Issuer Suspected Fraud",
    "32": "AVS Declined",
    "38": "Authentication required",
    "39": "RReq not received from DS",
    "42": "3DS Authentication Error",
    "46": "Transaction blocked by Adyen to prevent excessive retry fees",
}
"""`refusalReason` by `refusalReasonCode`, as far as a payment without a card reader has them."""


def method_type(method: str, currency: str, wallet_provider: str | None) -> str | None:
    """Checkout's payment method type of what is no card; None when Adyen has none for it."""
    if method == QR:
        return _QR.get(currency)
    found = _WALLETS.get(wallet_provider or "")
    return found if isinstance(found, str) or found is None else found.get(currency)
