from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from countinghouse.domain.break_rules import (
    AutoRule,
    Grace,
    ReconciliationRules,
    RuleId,
    parse_reconciliation,
)
from countinghouse.domain.errors import Invalid
from countinghouse.domain.fx import RateTable, parse_decimal
from countinghouse.domain.psp_fees import ContractFee
from tests.breaks import RULES

SECTION: dict[str, Any] = {
    "grace": {"psp_days": 4, "bank_days": 2, "orphan_days": 0},
    "contracts": {"sandbox": {"per_mille": 14, "fixed_minor": 25}},
    "rules": {
        "fee_variance": {
            "version": 3,
            "cap_minor": {"EUR": 100},
            "limit_minor": 2,
            "limit_basis_points": 200,
        },
        "rounding": {"version": 1, "cap_minor": {"EUR": 5, "JPY": 6}, "limit_minor": 1},
        "fx_variance": {"version": 1, "cap_minor": {}, "limit_basis_points": 50},
        "reserve_movement": {"version": 1, "cap_minor": {"EUR": 7}},
        "unallocated": {"version": 1, "cap_minor": {"EUR": 8}},
    },
    "rates": {"USD/EUR": 900_000},
    "approval_above_minor": {"EUR": 1_000},
}


def changed(path: str, value: object) -> dict[str, Any]:
    """A document with one part of the section set, by its dotted path; ... removes it."""
    document = {"reconciliation": deepcopy(SECTION)}
    *above, last = path.split(".")
    place: Any = document["reconciliation"]
    for part in above:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


def test_a_section_says_all_that_reconciliation_goes_by() -> None:
    assert parse_reconciliation({"reconciliation": SECTION}) == ReconciliationRules(
        grace=Grace(4, 2, 0),
        fees={"sandbox": ContractFee(14, 25)},
        rules={
            RuleId.FEE_VARIANCE: AutoRule(RuleId.FEE_VARIANCE, 3, {"EUR": 100}, 2, 200),
            RuleId.ROUNDING: AutoRule(RuleId.ROUNDING, 1, {"EUR": 5, "JPY": 6}, 1),
            RuleId.FX_VARIANCE: AutoRule(RuleId.FX_VARIANCE, 1, {}, None, 50),
            RuleId.RESERVE_MOVEMENT: AutoRule(RuleId.RESERVE_MOVEMENT, 1, {"EUR": 7}),
            RuleId.UNALLOCATED: AutoRule(RuleId.UNALLOCATED, 1, {"EUR": 8}),
        },
        rates={("USD", "EUR"): 900_000},
        approval_above_minor={"EUR": 1_000},
    )


def test_rules_and_rates_may_be_left_out() -> None:
    assert RuleId.ROUNDING not in parse_reconciliation(changed("rules.rounding", ...)).rules
    assert parse_reconciliation(changed("rates", ...)).rates == {}


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("grace", ..., "grace"),
        ("contracts", ..., "contracts"),
        ("rules", ..., "rules"),
        ("approval_above_minor", ..., "approval_above_minor"),
        ("caps", {}, "caps"),
        ("grace.psp_days", -1, "grace.psp_days"),
        ("grace.psp_days", 61, "grace.psp_days"),
        ("grace.bank_days", ..., "grace.bank_days"),
        ("grace.weekend", 1, "grace.weekend"),
        ("contracts.sandbox.per_mille", 1_001, "contracts.sandbox.per_mille"),
        ("contracts.sandbox.per_mille", 1.4, "contracts.sandbox.per_mille"),
        ("contracts.sandbox.fixed_minor", "25", "contracts.sandbox.fixed_minor"),
        ("contracts.sandbox.fixed_minor", ..., "contracts.sandbox.fixed_minor"),
        ("rules.guess", {"version": 1, "cap_minor": {}}, "rules.guess"),
        ("rules.rounding.version", ..., "rules.rounding.version"),
        ("rules.rounding.cap_minor", ..., "rules.rounding.cap_minor"),
        ("rules.rounding.cap_minor.EUR", -1, "rules.rounding.cap_minor.EUR"),
        ("rules.rounding.cap_minor.EURO", 1, "rules.rounding.cap_minor.EURO"),
        ("rules.rounding.limit_minor", ..., "rules.rounding.limit_minor"),
        ("rules.rounding.limit_basis_points", 5, "rules.rounding.limit_basis_points"),
        ("rules.fee_variance.limit_minor", ..., "rules.fee_variance.limit_minor"),
        ("rules.fx_variance.limit_basis_points", ..., "rules.fx_variance.limit_basis_points"),
        ("rules.fx_variance.limit_basis_points", 10_001, "rules.fx_variance.limit_basis_points"),
        ("rules.unallocated.limit_minor", 1, "rules.unallocated.limit_minor"),
        ("rates.EUR", 1, "rates.EUR"),
        ("rates.EUR/EUR", 1, "rates.EUR/EUR"),
        ("rates.EUR/XXX", 1, "rates.EUR/XXX"),
        ("rates.EUR/USD", True, "rates.EUR/USD"),
        ("approval_above_minor.XXX", 1, "approval_above_minor.XXX"),
    ],
)
def test_a_mistake_is_refused_by_its_path(path: str, value: object, named: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_reconciliation(changed(path, value))

    assert refusal.value.field == f"reconciliation.{named}"


@pytest.mark.parametrize("document", [{}, {"reconciliation": []}])
def test_without_the_section_nobody_reconciles(document: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="reconciliation"):
        parse_reconciliation(document)


@pytest.mark.parametrize(
    ("minor", "of_minor", "allowed"),
    [(2, 10, True), (-2, 10, True), (3, 10, False), (20, 1_000, True), (21, 1_000, False)],
)
def test_the_greater_of_two_limits_counts(minor: int, of_minor: int, allowed: bool) -> None:
    rule = AutoRule(RuleId.FEE_VARIANCE, 1, {"EUR": 100}, 2, 200)

    assert rule.allows(minor, "EUR", of_minor) is allowed
    assert rule.allows(minor, "EUR", -of_minor) is allowed


def test_what_no_cap_could_hold_is_not_allowed() -> None:
    rule = AutoRule(RuleId.RESERVE_MOVEMENT, 1, {"EUR": 100})

    assert rule.allows(-100, "EUR")
    assert not rule.allows(-101, "EUR")
    assert not rule.allows(1, "USD")


@pytest.mark.parametrize(
    ("at_stake", "needed"),
    [
        ({"EUR": 1_000}, False),
        ({"EUR": -1_001}, True),
        ({"EUR": 1, "USD": 1_001}, True),
        ({"CHF": 1}, True),
        ({}, False),
    ],
)
def test_a_second_person_agrees_above_the_limit_or_where_none_is_known(
    at_stake: dict[str, int], needed: bool
) -> None:
    assert RULES.needs_approval(at_stake) is needed


@pytest.mark.parametrize(
    ("minor", "expected"), [(8_000, 7_200), (-8_000, -7_200), (5, 5), (-5, -5), (4, 4), (0, 0)]
)
def test_the_booked_rate_rounds_half_away_from_zero(minor: int, expected: int) -> None:
    assert RULES.converted(minor, "USD", "EUR") == expected


def test_without_a_rate_nothing_is_converted() -> None:
    assert RULES.converted(1, "EUR", "USD") is None


def test_a_contract_is_found_by_psp() -> None:
    assert RULES.fee_of("sandbox").of(7_000) == 123
    with pytest.raises(LookupError, match="adyen"):
        RULES.fee_of("adyen")


def test_a_reference_rate_stands_in_for_a_booked_one_and_never_before_it() -> None:
    table = RateTable("ecb", "2026-11-20", {"USD": parse_decimal("1.1172")})
    neither = replace(RULES, rates={})
    both = replace(neither, rates={("USD", "EUR"): 900_000}, reference=table)

    assert replace(neither, reference=table).converted(-7_000, "USD", "EUR") == -6_266
    assert both.converted(7_000, "USD", "EUR") == 6_300
    assert both.converted(7_000, "USD", "CHF") is None
    assert neither.converted(7_000, "USD", "EUR") is None
