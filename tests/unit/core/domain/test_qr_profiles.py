"""The golden strings are those that the schemes, and those who build for them, have published."""

import pytest

from countinghouse.domain.emvco import BadLength, BadPayload, BadValue, Presented, build, parse
from countinghouse.domain.instants import from_rfc3339
from countinghouse.domain.money import Money
from countinghouse.domain.qr_profiles import (
    PAYNOW,
    PIX,
    PROMPTPAY_BILL,
    VIETQR,
    check_payload,
    paynow,
    pix_key,
    pix_url,
    promptpay,
    promptpay_bill,
    upi,
    vietqr,
)

KEY = "123e4567-e12b-12d1-a456-426655440000"
LOCATION = "pix.example.com/qr/93598be0-1bd0-4997-8318-81776a1d8a99"
# Banco Central do Brasil, Manual do BR Code, annex.
PIX_MANUAL = (
    f"00020126580014br.gov.bcb.pix0136{KEY}5204000053039865802BR5913Fulano de Tal6008BRASILIA"
    "62070503***63041D3D"
)
PIX_DYNAMIC = (
    f"00020101021226770014BR.GOV.BCB.PIX2555{LOCATION}5204000053039865802BR5907EMPRESA"
    "6009SAO PAULO62070503***6304EEAB"
)
# NAPAS, technical specifications on QR switching: transfer to an account, static and dynamic.
NAPAS_STATIC = (
    "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F"
)
NAPAS_DYNAMIC = (
    "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802"
    "VN62340107NPS68690819thanh toan don hang63042E2E"
)
PROMPTPAY_PHONE = "00020101021129370016A000000677010111011300668999999995802TH53037646304FE29"
PROMPTPAY_BILL_CODE = (
    "00020101021230640016A0000006770101120115010553509091205020720661140310W229329355530376454062"
    "00.005802TH62070703PRF63040C86"
)
PAYNOW_QRYPTAL = (
    "00020101021226490009SG.PAYNOW010120210201101550Z03010040820201127520400005303702540550.00"
    "5802SG5907Qryptal6009Singapore62060102AJ630488E9"
)
# The specification's example (linking specifications 1.6, 2.2), without its device's details.
UPI_NPCI = "upi://pay?pa=nadeem@npci&pn=nadeem%20chinna&tr=4894398cndhcd23&am=3001.00&cu=INR"


def baht(minor: int) -> Money:
    return Money(minor, "THB")


def test_pix_makes_the_manuals_example() -> None:
    assert build(pix_key(KEY, "Fulano de Tal", "BRASILIA", None)) == PIX_MANUAL


def test_vietqr_makes_napas_example() -> None:
    assert build(vietqr("970403", "0011012345678")) == NAPAS_STATIC


def test_a_dynamic_pix_says_where_and_not_how_much() -> None:
    made, known = parse(build(pix_url(LOCATION, "EMPRESA", "SAO PAULO"))), parse(PIX_DYNAMIC)

    assert made.account(PIX) == {"00": PIX, "25": LOCATION}
    assert known.account(PIX) == {"00": PIX.upper(), "25": LOCATION}
    assert (made.dynamic, made.amount_minor) == (known.dynamic, known.amount_minor) == (True, None)
    assert (made.category, made.additional) == (known.category, known.additional)


def test_a_vietqr_with_amount_and_purpose_is_napas_example_but_for_the_bill() -> None:
    made = parse(build(vietqr("970403", "0011012345678", Money(180_000, "VND"), "thanh toan")))
    known = parse(NAPAS_DYNAMIC)

    assert made.accounts == known.accounts
    assert (made.amount_minor, made.dynamic) == (known.amount_minor, known.dynamic)
    assert made.account(VIETQR) is not None
    assert dict.fromkeys(f.tag for f in made.additional) == {"08": None}


def test_a_paynow_code_is_read_as_it_was_published() -> None:
    known = parse(PAYNOW_QRYPTAL)
    at = from_rfc3339("2020-11-27T15:59:59Z")
    made = parse(build(paynow("201101550Z", "Qryptal", "AJ", Money(5_000, "SGD"), at)))

    expected = {"00": PAYNOW, "01": "2", "02": "201101550Z", "03": "0"}
    assert known.account(PAYNOW) == {**expected, "04": "20201127"}
    assert made.account(PAYNOW) == {**expected, "04": "20201127235959"}, "Singapore's time"
    assert (made.additional, made.amount_minor, made.category) == (
        known.additional, known.amount_minor, known.category,
    )  # fmt: skip


def test_a_paynow_code_without_amount_lets_the_buyer_enter_one() -> None:
    account = parse(build(paynow("201101550Z", "Qryptal", "AJ", None))).account(PAYNOW)

    assert account == {"00": PAYNOW, "01": "2", "02": "201101550Z", "03": "1"}


def test_a_promptpay_bill_is_read_as_it_was_published() -> None:
    known = parse(PROMPTPAY_BILL_CODE)
    bill = promptpay_bill("010553509091205", "2066114", baht(20_000), "0W22932935553037645406")
    made = parse(build(promptpay_bill("010553509091205", "2066114", baht(20_000))))

    assert known.account(PROMPTPAY_BILL) is not None
    assert made.account(PROMPTPAY_BILL) == {
        "00": PROMPTPAY_BILL,
        "01": "010553509091205",
        "02": "2066114",
    }
    assert made.amount_minor == known.amount_minor == bill.amount_minor == 20_000
    assert parse(build(bill)).account(PROMPTPAY_BILL)["03"] == "0W22932935553037645406"  # type: ignore[index]


def test_promptpays_well_known_code_is_a_phone_of_thailand() -> None:
    assert parse(PROMPTPAY_PHONE) == parse(build(promptpay("089-999-9999")))


def test_another_currency_than_the_schemes_is_refused() -> None:
    euro = Money(100, "EUR")
    for make in (
        lambda: promptpay("0899999999", euro),
        lambda: paynow("201101550Z", "Shop", "o1", euro),
        lambda: pix_key(KEY, "Shop", "City", euro),
        lambda: vietqr("970415", "1", euro),
        lambda: upi("a@b", "Shop", euro, "o1"),
    ):
        with pytest.raises(BadValue):
            make()


def test_too_long_an_account_is_refused() -> None:
    with pytest.raises(BadLength):
        build(promptpay_bill("010555000000000", "R" * 80))


def test_a_upi_link_names_payee_amount_and_order() -> None:
    link = upi("shop@okbank", "Fish & Chips", Money(300_100, "INR"), "o-1")

    assert link == "upi://pay?pa=shop@okbank&pn=Fish%20%26%20Chips&am=3001.00&cu=INR&tr=o-1"
    assert check_payload(link, [300_100], "INR") is None
    assert "am=" not in upi("shop@okbank", "Shop", None, "o-1")


@pytest.mark.parametrize(
    ("payload", "minor", "currency"),
    [
        (PAYNOW_QRYPTAL, 5_000, "SGD"),
        (NAPAS_DYNAMIC, 180_000, "VND"),
        (PROMPTPAY_BILL_CODE, 20_000, "THB"),
        (UPI_NPCI, 300_100, "INR"),
    ],
)
def test_a_code_is_shown_for_its_own_money_alone(payload: str, minor: int, currency: str) -> None:
    assert check_payload(payload, [minor], currency) is None
    assert check_payload(payload, [1, minor], currency) is None
    assert check_payload(payload, [], currency) is None
    assert "another amount" in str(check_payload(payload, [minor + 1], currency))
    assert check_payload(payload, [minor], "EUR") is not None


@pytest.mark.parametrize("payload", [PIX_MANUAL, PIX_DYNAMIC, NAPAS_STATIC, PROMPTPAY_PHONE])
def test_a_code_without_an_amount_is_shown_in_its_currency(payload: str) -> None:
    currency = parse(payload).currency

    assert check_payload(payload, [7_000], currency) is None
    assert check_payload(payload, [7_000], "EUR") is not None


@pytest.mark.parametrize("payload", ["https://psp.test/pay/1", "pay:1", "weixin://x", "", "00"])
def test_what_is_of_no_kind_we_read_is_passed_on(payload: str) -> None:
    assert check_payload(payload, [7_000], "EUR") is None


@pytest.mark.parametrize(
    "payload",
    [
        PAYNOW_QRYPTAL.replace("50.00", "60.00"),
        PAYNOW_QRYPTAL[:-1],
        PAYNOW_QRYPTAL[:-4] + "0000",
        "upi://pay?pa=a@b&am=50.00&am=60.00&cu=INR",
        "upi://pay?pa=a@b&am=50.00&cu=USD",
        "upi://pay?pa=a@b&am=five",
        "upi://pay?pa=a@b&am=&cu=INR",
        "UPI://pay?am=50.00",
        "upi://[",
    ],
)
def test_a_damaged_or_ambiguous_code_is_not_shown(payload: str) -> None:
    for currency in ("SGD", "INR", "USD"):
        assert check_payload(payload, [], currency) is not None


def test_a_code_that_asks_for_a_tip_is_not_shown() -> None:
    tipped = parse(PAYNOW_QRYPTAL)
    text = build(Presented(tipped.accounts, "SGD", "SG", 5_000, tip="01"))

    assert "tip" in str(check_payload(text, [5_000], "SGD"))


def test_a_payload_is_refused_as_a_value_of_the_domain() -> None:
    with pytest.raises(BadPayload) as refusal:
        parse(PIX_MANUAL[:-1])

    assert refusal.value.code == "validation_failed"
