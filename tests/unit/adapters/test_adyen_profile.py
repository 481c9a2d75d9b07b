import pytest

from countinghouse.domain.money import EXPONENTS
from countinghouse.domain.psp import DeclineType
from countinghouse.domain.sca import ScaExemption
from countinghouse_aws.psp.adyen_facts import decline_for
from countinghouse_aws.psp.adyen_profile import (
    ADYEN_PROFILE,
    REFUSALS,
    SCA_EXEMPTIONS,
    method_type,
)
from countinghouse_aws.psp.profile import NotExpressible

DEVIATIONS = {"CLP": 2, "CVE": 0, "IDR": 0, "ISK": 2}
"""docs.adyen.com/development-resources/currency-codes: "differs from standard"."""


@pytest.mark.parametrize("currency", sorted(ADYEN_PROFILE.currencies))
def test_only_four_currencies_deviate_from_iso(currency: str) -> None:
    exponent = DEVIATIONS.get(currency, EXPONENTS[currency])

    assert (currency in ADYEN_PROFILE.wires) is (currency in DEVIATIONS)
    whole = 10 ** EXPONENTS[currency]
    assert ADYEN_PROFILE.to_wire(7 * whole, currency) == 7 * 10**exponent
    assert ADYEN_PROFILE.from_wire(7 * 10**exponent, currency) == 7 * whole


@pytest.mark.parametrize(("currency", "amount"), [("IDR", 150), ("CVE", 1)])
def test_what_adyen_cannot_count_is_not_said(currency: str, amount: int) -> None:
    with pytest.raises(NotExpressible):
        ADYEN_PROFILE.to_wire(amount, currency)


def test_part_of_a_minor_unit_is_not_taken() -> None:
    with pytest.raises(NotExpressible):
        ADYEN_PROFILE.from_wire(150, "ISK")


def test_payouts_are_in_currencies_that_payments_are_in() -> None:
    assert ADYEN_PROFILE.payout_currencies <= ADYEN_PROFILE.currencies


def test_a_key_is_relied_on_for_less_long_than_it_is_kept() -> None:
    assert ADYEN_PROFILE.replay.key_window < ADYEN_PROFILE.replay.kept


def test_what_may_succeed_later_is_soft() -> None:
    soft = {code for code in REFUSALS if decline_for(code, None).type is DeclineType.SOFT}

    assert soft == {"4", "9", "12", "21", "28", "29"}
    assert {decline_for(code, None).code for code in soft} == ADYEN_PROFILE.soft_declines


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_a_refusal_is_the_same_by_code_and_by_reason(code: str) -> None:
    assert decline_for(code, "whatever") == decline_for(None, REFUSALS[code])


@pytest.mark.parametrize("said", [None, "", "05 : Do not honor", 7, ["x"], "x" * 10_000])
def test_an_unknown_refusal_is_a_plain_hard_one(said: object) -> None:
    for decline in (decline_for("999", said), decline_for(None, said)):
        assert (decline.code, decline.type) == ("refused", DeclineType.HARD)


def test_wallets_and_codes_have_their_type() -> None:
    for currency in ADYEN_PROFILE.qr:
        assert method_type("qr", currency, None) == ADYEN_PROFILE.qr[currency]
    assert method_type("wallet", "EUR", "paypal") == "paypal"
    assert method_type("wallet", "SGD", "grabpay") == "grabpay_SG"
    assert method_type("wallet", "EUR", "grabpay") is None
    assert method_type("wallet", "EUR", "unheard_of") is None
    assert method_type("wallet", "EUR", None) is None
    assert method_type("qr", "KWD", None) is None


def test_every_exemption_can_be_said() -> None:
    assert {*SCA_EXEMPTIONS, "merchant_initiated"} == ADYEN_PROFILE.sca_exemptions
    assert ADYEN_PROFILE.sca_exemptions == {str(one) for one in ScaExemption}
