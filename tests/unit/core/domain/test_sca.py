import pytest

from countinghouse.domain.document import Part
from countinghouse.domain.errors import Invalid
from countinghouse.domain.sca import (
    NO_LOW_VALUE,
    ScaExemption,
    ScaRules,
    check_exemption,
    parse_sca,
)

RULES = ScaRules({"EUR": 3_000, "JPY": 4_500})


@pytest.mark.parametrize("exemption", [None, *ScaExemption])
@pytest.mark.parametrize("method", ["credit_card", "debit_card"])
def test_a_card_may_claim_any_for_thirty_euro(exemption: str | None, method: str) -> None:
    check_exemption(exemption, method, 3_000, "EUR", RULES)


@pytest.mark.parametrize("exemption", ["transaction_risk_analysis", "merchant_initiated"])
def test_the_limit_is_for_low_value_only(exemption: str) -> None:
    check_exemption(exemption, "credit_card", 3_001, "KWD", RULES)


@pytest.mark.parametrize(
    ("exemption", "method", "total", "currency"),
    [
        ("low_value", "credit_card", 3_001, "EUR"),
        ("low_value", "credit_card", 4_501, "JPY"),
        ("low_value", "credit_card", 1, "USD"),
        ("low_value", "wallet", 1, "EUR"),
        ("trusted_beneficiary", "qr", 1, "EUR"),
        ("because", "credit_card", 1, "EUR"),
    ],
)
def test_a_claim_that_cannot_hold_is_refused(
    exemption: str, method: str, total: int, currency: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        check_exemption(exemption, method, total, currency, RULES)

    assert refusal.value.code == "sca_exemption_not_allowed"
    assert refusal.value.field == "payment_details.sca_exemption"


def test_no_claim_is_for_every_method() -> None:
    check_exemption(None, "qr", 1_000_000, "XTS", NO_LOW_VALUE)


def test_the_section_has_limits_by_currency() -> None:
    section = {"low_value_max_minor": {"EUR": 3_000, "JPY": 4_500}}

    assert parse_sca(Part(section, "sca")) == RULES
    assert parse_sca(None) is NO_LOW_VALUE
    with pytest.raises(Invalid) as refusal:
        parse_sca(Part({"low_value_max_minor": {"EURO": 1}}, "sca"))
    assert refusal.value.field == "sca.low_value_max_minor.EURO"
