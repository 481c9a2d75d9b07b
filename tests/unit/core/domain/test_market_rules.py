from copy import deepcopy
from typing import Any

import pytest

from countinghouse.domain.errors import Invalid
from countinghouse.domain.fee_tax import FeeTaxes, FeeTaxRule
from countinghouse.domain.fees import FeeBook, FeeRule, FeeScope
from countinghouse.domain.instants import DAY, from_rfc3339
from countinghouse.domain.market_countries import MarketCountries, SellerHome
from countinghouse.domain.market_rules import (
    DisputeRules,
    MarketRules,
    PayoutRules,
    ReserveRule,
    ReserveRules,
    parse_market_rules,
)
from countinghouse.domain.sca import ScaRules
from countinghouse.domain.screening import ScreeningRules
from countinghouse.domain.sub_wallets import ONE_WALLET, SellerShards

DOCUMENT: dict[str, Any] = {
    "fees": [
        {
            "rule_id": "default-v1",
            "scope": "default",
            "valid_from": "1970-01-01T00:00:00Z",
            "basis_points": 1_000,
            "tax_basis_points": 1_900,
        },
        {
            "rule_id": "books-v1",
            "scope": "category",
            "subject": "books",
            "valid_from": "2026-01-01T00:00:00Z",
            "basis_points": 500,
            "tax_basis_points": 700,
            "fixed_minor": {"EUR": 30},
            "minimum_minor": {"EUR": 50, "JPY": 80},
            "maximum_minor": {"EUR": 900},
        },
        {
            "rule_id": "s1-v1",
            "scope": "seller",
            "subject": "s1",
            "valid_from": "2026-06-01T00:00:00Z",
            "basis_points": 0,
            "tax_basis_points": 0,
        },
    ],
    "reserves": {
        "default": {"basis_points": 500, "days": 30},
        "sellers": {"s1": {"basis_points": 2_000, "days": 90}},
    },
    "payouts": {
        "minimum_minor": {"EUR": 100, "KWD": 1_000},
        "approval_above_minor": {"EUR": 1_000_000},
        "cool_off_days": 3,
    },
    "disputes": {
        "platform_liable_reasons": ["duplicate_processing"],
        "fee_given_back_when_lost": False,
    },
}


def test_a_document_says_all_a_marketplace_decides() -> None:
    assert parse_market_rules(DOCUMENT) == MarketRules(
        fees=FeeBook(
            (
                FeeRule("default-v1", 1_000, 1_900),
                FeeRule(
                    "books-v1",
                    500,
                    700,
                    FeeScope.CATEGORY,
                    "books",
                    from_rfc3339("2026-01-01T00:00:00Z"),
                    {"EUR": 30},
                    {"EUR": 50, "JPY": 80},
                    {"EUR": 900},
                ),
                FeeRule(
                    "s1-v1",
                    0,
                    0,
                    FeeScope.SELLER,
                    "s1",
                    from_rfc3339("2026-06-01T00:00:00Z"),
                ),
            )
        ),
        reserves=ReserveRules(ReserveRule(500, 30), {"s1": ReserveRule(2_000, 90)}),
        payouts=PayoutRules({"EUR": 100, "KWD": 1_000}, {"EUR": 1_000_000}, cool_off=3 * DAY),
        disputes=DisputeRules(frozenset({"duplicate_processing"}), fee_given_back_when_lost=False),
    )


def test_what_may_be_left_out_is() -> None:
    document = changed("reserves.sellers", ...)

    assert parse_market_rules(document).reserves.sellers == {}


def test_large_sellers_are_named() -> None:
    document = DOCUMENT | {"seller_shards": {"s1": 8}}

    assert parse_market_rules(document).shards == SellerShards({"s1": 8})
    assert parse_market_rules(DOCUMENT).shards == ONE_WALLET
    with pytest.raises(Invalid) as refused:
        parse_market_rules(DOCUMENT | {"seller_shards": {"s1": 3}})
    assert refused.value.field == "seller_shards.s1"


def changed(path: str, value: object) -> dict[str, Any]:
    """DOCUMENT with one part set, by its dotted path; ... removes it."""
    document = deepcopy(DOCUMENT)
    *above, last = (int(part) if part.isdigit() else part for part in path.split("."))
    place: Any = document
    for part in above:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("fees", ..., "fees"),
        ("reserves", ..., "reserves"),
        ("payouts", ..., "payouts"),
        ("disputes", ..., "disputes"),
        ("refunds", {}, "refunds"),
        ("fees", {}, "fees"),
        ("fees", [], "fees"),
        ("fees.0.valid_from", "1970-01-01T00:00:01Z", "fees"),
        ("fees.0.valid_from", "1969-12-31T23:59:59Z", "fees[0].valid_from"),
        ("fees.1", "books", "fees[1]"),
        ("fees.1.rule_id", "default-v1", "fees[1].rule_id"),
        ("fees.1.rule_id", "", "fees[1].rule_id"),
        ("fees.1.rule_id", ..., "fees[1].rule_id"),
        ("fees.1.scope", "buyer", "fees[1].scope"),
        ("fees.1.scope", "default", "fees[1].subject"),
        ("fees.1.subject", ..., "fees[1].subject"),
        ("fees.1.subject", "old books", "fees[1].subject"),
        ("fees.1.valid_from", "2026-01-01", "fees[1].valid_from"),
        ("fees.1.valid_from", 0, "fees[1].valid_from"),
        ("fees.2.basis_points", -1, "fees[2].basis_points"),
        ("fees.2.basis_points", 10_001, "fees[2].basis_points"),
        ("fees.2.basis_points", 7.5, "fees[2].basis_points"),
        ("fees.2.basis_points", "500", "fees[2].basis_points"),
        ("fees.2.basis_points", True, "fees[2].basis_points"),
        ("fees.2.tax_basis_points", ..., "fees[2].tax_basis_points"),
        ("fees.2.tax_basis_points", 10_001, "fees[2].tax_basis_points"),
        ("fees.2.tax", 1, "fees[2].tax"),
        ("fees.1.fixed_minor", 30, "fees[1].fixed_minor"),
        ("fees.1.fixed_minor.EUR", 0.3, "fees[1].fixed_minor.EUR"),
        ("fees.1.fixed_minor.eur", 30, "fees[1].fixed_minor.eur"),
        ("fees.1.minimum_minor.EUR", -1, "fees[1].minimum_minor.EUR"),
        ("fees.1.maximum_minor.EUR", 49, "fees[1].maximum_minor.EUR"),
        ("reserves.default", ..., "reserves.default"),
        ("reserves.default.basis_points", 10_001, "reserves.default.basis_points"),
        ("reserves.default.days", -1, "reserves.default.days"),
        ("reserves.sellers.s1.days", 3_651, "reserves.sellers.s1.days"),
        ("reserves.sellers.s1.day", 3, "reserves.sellers.s1.day"),
        ("reserves.sellers.s 1", {"basis_points": 1, "days": 1}, "reserves.sellers.s 1"),
        ("payouts.minimum_minor.XXX", 1, "payouts.minimum_minor.XXX"),
        ("payouts.approval_above_minor.EUR", None, "payouts.approval_above_minor.EUR"),
        ("payouts.cool_off_days", 366, "payouts.cool_off_days"),
        ("payouts.cool_off_days", ..., "payouts.cool_off_days"),
        ("disputes.platform_liable_reasons", "duplicate", "disputes.platform_liable_reasons"),
        ("disputes.platform_liable_reasons", [""], "disputes.platform_liable_reasons[0]"),
        ("disputes.fee_given_back_when_lost", 0, "disputes.fee_given_back_when_lost"),
        ("fees.1.cross_border_basis_points", "2", "fees[1].cross_border_basis_points"),
        ("fees.1.cross_border_fixed_minor", {"EURO": 1}, "fees[1].cross_border_fixed_minor.EURO"),
        ("home_country", "XX", "home_country"),
        ("fee_tax", {}, "fee_tax"),
        ("sca", {"low_value_max_minor": {"EUR": -1}}, "sca.low_value_max_minor.EUR"),
        ("screening", {}, "screening.max_age_days"),
    ],
)
def test_whatever_is_wrong_is_refused_by_its_path(path: str, value: object, named: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_market_rules(changed(path, value))

    assert refusal.value.field == named
    assert refusal.value.detail.startswith(f"{named}: ")


def test_a_market_may_have_countries_taxes_and_limits_of_its_own() -> None:
    document = changed("fees.1.cross_border_basis_points", 150)
    document["fees"][1]["cross_border_fixed_minor"] = {"EUR": 30}
    rule = {"rule_id": "fr-v1", "country": "FR", "valid_from": "1970-01-01T00:00:00Z"}
    rules = parse_market_rules(
        {
            **document,
            "home_country": "DE",
            "sellers": {"s1": {"country": "FR"}},
            "single_market": [["DE", "FR"]],
            "fee_tax": [{**rule, "basis_points": 2_000}],
            "sca": {"low_value_max_minor": {"EUR": 3_000}},
            "screening": {"max_age_days": 7},
        }
    )

    books = rules.fees.rules[1]
    assert (books.cross_border_basis_points, books.cross_border_fixed_minor) == (150, {"EUR": 30})
    assert rules.countries == MarketCountries("DE", {"s1": SellerHome("FR")}, {"DE": 0, "FR": 0})
    assert rules.fee_taxes == FeeTaxes((FeeTaxRule("fr-v1", "FR", 2_000),))
    assert rules.sca == ScaRules({"EUR": 3_000})
    assert rules.screening == ScreeningRules(7 * DAY)


def test_two_rules_of_one_subject_do_not_begin_at_once() -> None:
    twin = {**DOCUMENT["fees"][2], "rule_id": "s1-v2"}

    with pytest.raises(Invalid) as refusal:
        parse_market_rules(changed("fees", [*DOCUMENT["fees"], twin]))

    assert refusal.value.field == "fees[3].valid_from"


def test_a_sellers_own_reserve_goes_before_the_default() -> None:
    reserves = parse_market_rules(DOCUMENT).reserves

    assert reserves.reserve_for("s1") == ReserveRule(2_000, 90)
    assert reserves.reserve_for("s2") == ReserveRule(500, 30)


@pytest.mark.parametrize("bounds", [(-1, 0), (10_001, 0), (0, -1), (0, 3_651)])
def test_a_reserve_out_of_bounds_is_refused(bounds: tuple[int, int]) -> None:
    with pytest.raises(Invalid):
        ReserveRule(*bounds)


def test_a_currency_without_an_entry_has_no_minimum_and_needs_no_approval() -> None:
    payouts = parse_market_rules(DOCUMENT).payouts

    assert [payouts.minimum_for(currency) for currency in ("EUR", "KWD", "USD")] == [100, 1_000, 0]
    assert [payouts.needs_approval(minor, "EUR") for minor in (1_000_000, 1_000_001)] == [
        False,
        True,
    ]
    assert not payouts.needs_approval(10**12, "KWD")


def test_sellers_may_be_paid_out_in_another_currency_than_the_wallets() -> None:
    document = deepcopy(DOCUMENT)
    document["payouts"]["payout_currency"] = {"countries": {"DE": "EUR"}, "sellers": {"s9": "USD"}}
    document["home_country"] = "DE"

    currencies = parse_market_rules(document).payouts.currencies

    assert currencies.currency_for("s1", "GBP") == "EUR"
    assert currencies.currency_for("s9", "GBP") == "USD"
    assert parse_market_rules(DOCUMENT).payouts.currencies.currency_for("s9", "GBP") == "GBP"
