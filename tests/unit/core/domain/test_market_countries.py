from typing import Any

import pytest

from countinghouse.domain.document import Part
from countinghouse.domain.errors import Invalid
from countinghouse.domain.market_countries import (
    NOWHERE,
    MarketCountries,
    SellerHome,
    parse_countries,
)

DOCUMENT: dict[str, Any] = {
    "home_country": "DE",
    "sellers": {"s1": {"country": "FR", "business": True}, "s2": {"country": "JP"}},
    "single_market": [["DE", "FR"], ["BR", "AR"]],
}


def parsed(document: dict[str, Any]) -> MarketCountries:
    return parse_countries(Part(document).entries())


EU = parsed(DOCUMENT)


@pytest.mark.parametrize(
    ("seller_id", "stated", "home"),
    [
        ("s1", None, SellerHome("FR", business=True)),
        ("s1", "ES", SellerHome("ES", business=True)),
        ("s2", None, SellerHome("JP")),
        ("s9", None, SellerHome("DE")),
        ("s9", "US", SellerHome("US")),
    ],
)
def test_a_sellers_country_is_stated_or_its_own_or_the_markets(
    seller_id: str, stated: str | None, home: SellerHome
) -> None:
    assert EU.seller_home(seller_id, stated) == home


def test_without_a_home_an_unlisted_seller_is_nowhere() -> None:
    assert NOWHERE.seller_home("s1") is None
    assert NOWHERE.seller_home("s1", "FR") == SellerHome("FR")
    assert not NOWHERE.is_abroad("FR")


@pytest.mark.parametrize(
    ("buyer", "seller", "crosses"),
    [
        ("DE", "DE", False),
        ("DE", "FR", False),
        ("BR", "AR", False),
        ("DE", "AR", True),
        ("DE", "US", True),
        ("US", "JP", True),
        ("US", "US", False),
        (None, "US", False),
        ("US", None, False),
    ],
)
def test_which_orders_cross_a_border(buyer: str | None, seller: str | None, crosses: bool) -> None:
    assert EU.crosses_border(buyer, seller) is crosses


def test_abroad_is_every_country_but_the_platforms() -> None:
    assert EU.is_abroad("FR")
    assert not EU.is_abroad("DE")


def test_a_market_may_say_nothing_of_countries() -> None:
    assert parsed({}) == NOWHERE


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"home_country": "XX"}, "home_country"),
        ({"home_country": 49}, "home_country"),
        ({"sellers": {"s1": {}}}, "sellers.s1.country"),
        ({"sellers": {"s1": {"country": "FR", "business": 1}}}, "sellers.s1.business"),
        ({"sellers": {"s 1": {"country": "FR"}}}, "sellers.s 1"),
        ({"single_market": [["DE"], ["FR", "DE"]]}, "single_market[1][1]"),
        ({"single_market": ["DE"]}, "single_market[0]"),
    ],
)
def test_a_mistake_is_named_by_its_path(document: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parsed(document)

    assert refusal.value.field == field
