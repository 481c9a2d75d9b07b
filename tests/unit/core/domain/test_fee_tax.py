from typing import Any

import pytest

from countinghouse.domain.document import Part
from countinghouse.domain.errors import Invalid
from countinghouse.domain.fee_tax import NO_TAXES, FeeTaxes, FeeTaxRule, parse_fee_taxes
from countinghouse.domain.fees import FeeTax
from countinghouse.domain.market_countries import SellerHome

FRANCE = FeeTaxRule("fr-v1", "FR", 2_000, reverse_charge=True)
LATER = FeeTaxRule("fr-v2", "FR", 2_100, valid_from=1_000)
TAXES = FeeTaxes((LATER, FRANCE, FeeTaxRule("jp-v1", "JP", 1_000, valid_from=500)))
BUSINESS = SellerHome("FR", business=True)


@pytest.mark.parametrize(
    ("seller", "abroad", "now", "tax"),
    [
        (SellerHome("FR"), True, 0, FeeTax("fr-v1", "FR", 2_000)),
        (BUSINESS, True, 999, FeeTax("fr-v1", "FR", 0, reverse_charge=True)),
        (BUSINESS, False, 999, FeeTax("fr-v1", "FR", 2_000)),
        (BUSINESS, True, 1_000, FeeTax("fr-v2", "FR", 2_100)),
        (SellerHome("JP", business=True), True, 500, FeeTax("jp-v1", "JP", 1_000)),
        (SellerHome("JP"), True, 499, None),
        (SellerHome("US"), True, 999, None),
        (None, False, 999, None),
    ],
)
def test_the_tax_is_that_of_the_sellers_country_at_that_instant(
    seller: SellerHome | None, abroad: bool, now: int, tax: FeeTax | None
) -> None:
    assert TAXES.tax_for(seller, abroad=abroad, now=now) == tax


RULE = {
    "rule_id": "fr-v1",
    "country": "FR",
    "valid_from": "1970-01-01T00:00:00Z",
    "basis_points": 2_000,
    "reverse_charge": True,
}


def test_the_rules_may_stand_in_any_order() -> None:
    for rules in ((FRANCE, LATER), (LATER, FRANCE)):
        taxes = FeeTaxes(rules)
        found = [taxes.tax_for(SellerHome("FR"), abroad=True, now=now) for now in (999, 1_000)]

        assert [tax and tax.rule_id for tax in found] == ["fr-v1", "fr-v2"]


def test_the_section_says_it_all() -> None:
    assert parse_fee_taxes(Part([RULE], "fee_tax")) == FeeTaxes((FRANCE,))
    assert parse_fee_taxes(None) is NO_TAXES


def test_a_rule_begins_when_it_says_and_charges_whoever_it_does_not_except() -> None:
    later = {**RULE, "rule_id": "fr-v2", "valid_from": "1970-01-01T00:00:01Z", "basis_points": 2100}
    del later["reverse_charge"]

    assert parse_fee_taxes(Part([later], "fee_tax")).rules == (LATER,)


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ([{**RULE, "country": "XX"}], "fee_tax[0].country"),
        ([{**RULE, "basis_points": 10_001}], "fee_tax[0].basis_points"),
        ([{**RULE, "reverse_charge": 1}], "fee_tax[0].reverse_charge"),
        ([{**RULE, "note": "?"}], "fee_tax[0].note"),
        ([RULE, {**RULE, "country": "DE"}], "fee_tax"),
        ([RULE, {**RULE, "rule_id": "fr-v2"}], "fee_tax"),
    ],
)
def test_a_mistake_is_named_by_its_path(rules: list[Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_fee_taxes(Part(rules, "fee_tax"))

    assert refusal.value.field == field


@pytest.mark.parametrize("basis_points", [-1, 10_001])
def test_a_rate_is_a_share(basis_points: int) -> None:
    with pytest.raises(Invalid) as refusal:
        FeeTaxRule("x", "FR", basis_points)

    assert refusal.value.field == "basis_points"


@pytest.mark.parametrize("basis_points", [0, 10_000])
def test_a_rate_may_be_nothing_or_all(basis_points: int) -> None:
    taxes = FeeTaxes((FeeTaxRule("x", "FR", basis_points),))

    assert taxes.tax_for(SellerHome("FR"), abroad=True, now=0) == FeeTax("x", "FR", basis_points)
