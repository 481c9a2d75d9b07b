from typing import Any

import pytest

from countinghouse.domain.errors import Invalid
from countinghouse.domain.fx_rules import parse_fx_rules
from countinghouse.domain.instants import MINUTE

FX: dict[str, Any] = {
    "max_age_days": 5,
    "quote_lifetime_s": 1_800,
    "spread_basis_points": {"default": 150, "pairs": {"USD/EUR": 100}},
}


def test_the_section_is_read_whatever_stands_beside_it() -> None:
    rules = parse_fx_rules({"fees": [], "fx": FX})

    assert (rules.max_age_days, rules.quote_lifetime) == (5, 30 * MINUTE)
    assert rules.spread_for("USD", "EUR") == 100
    assert rules.spread_for("EUR", "USD") == 150


def test_pairs_may_be_left_out() -> None:
    rules = parse_fx_rules({"fx": {**FX, "spread_basis_points": {"default": 0}}})

    assert rules.spread_for("USD", "EUR") == 0


def test_positions_are_valued_in_the_markets_currency_or_in_euro() -> None:
    assert parse_fx_rules({"fx": FX}).base_currency == "EUR"
    assert parse_fx_rules({"fx": {**FX, "base_currency": "USD"}}).base_currency == "USD"


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({}, "fx"),
        ({"fx": {**FX, "more": 1}}, "fx.more"),
        ({"fx": {**FX, "base_currency": "XXX"}}, "fx.base_currency"),
        ({"fx": {**FX, "max_age_days": 11}}, "fx.max_age_days"),
        ({"fx": {**FX, "quote_lifetime_s": 86_401}}, "fx.quote_lifetime_s"),
        ({"fx": {**FX, "spread_basis_points": {}}}, "fx.spread_basis_points.default"),
        (
            {"fx": {**FX, "spread_basis_points": {"default": 2_001}}},
            "fx.spread_basis_points.default",
        ),
        *(
            (
                {"fx": {**FX, "spread_basis_points": {"default": 0, "pairs": {pair: 1}}}},
                f"fx.spread_basis_points.pairs.{pair}",
            )
            for pair in ("USDEUR", "USD/USD", "usd/eur", "USD/", "XXX/EUR", "USD/EUR/JPY")
        ),
        (
            {"fx": {**FX, "spread_basis_points": {"default": 0, "pairs": {"USD/EUR": -1}}}},
            "fx.spread_basis_points.pairs.USD/EUR",
        ),
    ],
)
def test_a_mistake_is_named_by_its_path(document: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_fx_rules(document)

    assert refusal.value.field == path
