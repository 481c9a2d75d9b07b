"""The Adyen face's pure parts: amounts, refusals, methods, disputes, bank accounts."""

import pytest

from countinghouse.domain.currencies import CURRENCIES
from tools.sandbox_psp.adyen_face import dispute_codes, methods, refusals
from tools.sandbox_psp.adyen_face.amounts import DEVIATIONS, from_wire, major, to_wire
from tools.sandbox_psp.adyen_face.instruments import transfer_instrument_json
from tools.sandbox_psp.adyen_face.references import psp_reference
from tools.sandbox_psp.adyen_face.transfers import engine_reference
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.disputes import Dispute
from tools.sandbox_psp.instruments import DECLINES, Instrument
from tools.sandbox_psp.payouts import BankAccount
from tools.sandbox_psp.times import instant
from tools.sandbox_psp.wire import Refused

# docs.adyen.com/development-resources/currency-codes: the four that are not as in ISO 4217.
WIRE_DECIMALS = {"CLP": 2, "CVE": 0, "IDR": 0, "ISK": 2}
# docs.adyen.com/development-resources/refusal-reasons, those the sandbox plays.
REFUSALS = {
    "2": "Refused", "4": "Acquirer Error", "5": "Blocked Card", "6": "Expired Card",
    "11": "3D Not Authenticated", "12": "Not enough balance", "16": "Shopper Cancelled",
    "24": "CVC Declined",
}  # fmt: skip
# Checkout v72, the `type`s of what `PaymentRequest.paymentMethod` may be.
WALLETS_AND_CODES = {
    "alipay", "alipay_hk", "amazonpay", "bcmc_mobile_QR", "cashapp", "dana", "duitnow", "gcash",
    "gopay_wallet", "grabpay_ID", "grabpay_MY", "grabpay_PH", "grabpay_SG", "grabpay_TH",
    "grabpay_VN", "kakaopay", "mbway", "mobilepay", "momo_wallet", "paymaya_wallet", "payme",
    "paynow", "paypal", "paypay", "paytm", "pix", "promptpay", "swish", "touchngo", "truemoney",
    "twint", "upi_qr", "vipps", "wechatpayQR", "wechatpayWeb",
}  # fmt: skip
# Webhooks v1, `DisputesNotificationAdditionalData.disputeStatus`.
DISPUTE_STATUSES = {
    "Unresponded", "Responded", "Expired", "Undefended", "Accepted", "Pending", "Lost", "Won",
}  # fmt: skip


def test_the_exceptions_are_adyens_and_the_other_side_is_isos() -> None:
    assert {currency: wire for currency, (wire, _) in DEVIATIONS.items()} == WIRE_DECIMALS
    assert all(CURRENCIES[currency][0] == iso for currency, (_, iso) in DEVIATIONS.items())


@pytest.mark.parametrize(
    ("currency", "wire", "booked"),
    [("EUR", 1_250, 1_250), ("JPY", 1_250, 1_250), ("KWD", 1_250, 1_250), ("CLP", 12_500, 125),
     ("ISK", 12_500, 125), ("CVE", 125, 12_500), ("IDR", 125, 12_500)],
)  # fmt: skip
def test_a_wire_amount_is_booked_in_isos_minor_units(currency: str, wire: int, booked: int) -> None:
    assert from_wire(wire, currency) == booked
    assert to_wire(booked, currency) == wire


@pytest.mark.parametrize("currency", ["CLP", "ISK"])
def test_a_fraction_of_what_has_none_is_refused(currency: str) -> None:
    with pytest.raises(Refused) as refused:
        from_wire(12_550, currency)

    assert (refused.value.status, refused.value.code) == (422, "137")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(1_205, "EUR", "12.05"), (-1_205, "EUR", "12.05"), (125, "ISK", "125"), (5, "KWD", "0.005")],
)
def test_a_report_has_major_units_without_a_sign(amount: int, currency: str, text: str) -> None:
    assert major(amount, currency) == text


def test_every_decline_has_a_code_and_the_words_that_go_with_it() -> None:
    assert refusals.REASONS.keys() == DECLINES.keys()
    assert {code: reason for code, reason in refusals.REASONS.values()} == REFUSALS


@pytest.mark.parametrize(
    ("code", "result"),
    [("2", "Refused"), ("12", "Refused"), ("24", "Refused"), ("4", "Error"), ("16", "Cancelled")],
)
def test_a_refusal_has_a_result_code(code: str, result: str) -> None:
    assert refusals.result_code(code) == result


def test_the_methods_are_types_of_checkout() -> None:
    assert methods.QR_TYPES | methods.WALLET_TYPES == WALLETS_AND_CODES
    assert not methods.QR_TYPES & methods.WALLET_TYPES


def test_a_method_nobody_has_is_refused_as_adyen_does() -> None:
    with pytest.raises(Refused) as refused:
        methods.instrument_of("barter")

    assert (refused.value.status, refused.value.code) == (500, "905")


@pytest.mark.parametrize(
    ("instrument", "kind", "variant", "engines"),
    [
        (Instrument("card", "ok", "visa", "debit"), "scheme", "visa", "debit_card"),
        (Instrument("card", "ok", "mastercard", "credit"), "scheme", "mc", "credit_card"),
        (Instrument("wallet", "wallet"), "gcash", "gcash", "wallet"),
        (Instrument("qr", "qr"), "pix", "pix", "qr"),
    ],
)
def test_a_payment_is_named_by_its_variant(
    instrument: Instrument, kind: str, variant: str, engines: str
) -> None:
    assert methods.variant_of(instrument, kind) == variant
    assert methods.engine_method(instrument) == engines


def dispute(stage: str, status: str, reason: str = "fraudulent") -> Dispute:
    at = instant("2026-11-22T09:00:00.000000Z")
    return Dispute("dp", 1, "pay", "ord", "key", 100, "EUR", stage, reason, at, at, at,  # type: ignore[arg-type]
                   status)  # type: ignore[arg-type]  # fmt: skip


STATUSES = ("opened", "challenged", "won", "lost", "accepted", "expired", "cancelled")


@pytest.mark.parametrize("stage", ["pre_dispute", "dispute", "pre_arbitration"])
@pytest.mark.parametrize("status", STATUSES)
def test_every_move_of_a_dispute_is_told_with_a_status_of_adyens(stage: str, status: str) -> None:
    told = dispute_codes.webhooks_of(dispute(stage, status))

    assert told
    assert {one for _, one in told} <= DISPUTE_STATUSES


@pytest.mark.parametrize(
    ("stage", "status", "codes"),
    [
        ("pre_dispute", "opened", ["REQUEST_FOR_INFORMATION"]),
        ("dispute", "opened", ["NOTIFICATION_OF_CHARGEBACK", "CHARGEBACK"]),
        ("dispute", "won", ["CHARGEBACK_REVERSED"]),
        ("dispute", "expired", ["DISPUTE_DEFENSE_PERIOD_ENDED"]),
        ("pre_arbitration", "opened", ["SECOND_CHARGEBACK"]),
        ("pre_arbitration", "won", ["PREARBITRATION_WON"]),
        ("pre_arbitration", "lost", ["PREARBITRATION_LOST"]),
    ],
)
def test_money_moves_with_the_event_that_says_so(stage: str, status: str, codes: list[str]) -> None:
    assert [code for code, _ in dispute_codes.webhooks_of(dispute(stage, status))] == codes


def test_a_reason_nobody_listed_is_told_in_its_own_words() -> None:
    assert dispute_codes.reason_of(dispute("dispute", "opened")) == (
        "10.4", "Other Fraud-Card Absent Environment",
    )  # fmt: skip
    assert dispute_codes.reason_of(dispute("dispute", "opened", "whim"))[1] == "whim"


def test_references_have_sixteen_capitals_and_digits_and_a_series_each() -> None:
    book = Book()
    found = [psp_reference(book, name, n) for name in ("charge", "refund") for n in (1, 2)]
    book.close()

    assert len(set(found)) == 4
    assert all(len(one) == 16 and one.isalnum() and one.upper() == one for one in found)


def test_a_reference_used_again_is_a_transfer_of_its_own() -> None:
    assert [engine_reference("po-1", times) for times in (0, 1, 2)] == ["po-1", "po-1~2", "po-1~3"]


@pytest.mark.parametrize(
    ("currency", "country", "kind"),
    [("EUR", "NL", "iban"), ("GBP", "GB", "ukLocal"), ("USD", "US", "usLocal"),
     ("BRL", "BR", "numberAndBic")],
)  # fmt: skip
def test_a_bank_account_is_told_by_its_country_and_ends_in_its_digits(
    currency: str, country: str, kind: str
) -> None:
    shown = transfer_instrument_json(BankAccount("SE1", 1, "A. Seller", currency, "7919"))

    account = shown["bankAccount"]
    assert isinstance(account, dict)
    identification = account["accountIdentification"]
    number = identification.get("iban", identification.get("accountNumber"))
    assert (account["countryCode"], identification["type"]) == (country, kind)
    assert number.endswith("7919")


def test_an_iban_has_its_check_digits() -> None:
    shown = transfer_instrument_json(BankAccount("SE1", 1, "A. Seller", "EUR", "7919"))

    iban = shown["bankAccount"]["accountIdentification"]["iban"]  # type: ignore[index,call-overload]
    digits = "".join(str(int(one, 36)) for one in str(iban)[4:] + str(iban)[:4])
    assert int(digits) % 97 == 1
