from typing import Any

import pytest

from countinghouse.domain.document import Part
from countinghouse.domain.errors import Invalid
from countinghouse.domain.market_countries import MarketCountries, SellerHome
from countinghouse.domain.payout_currencies import AS_HELD, parse_payout_currencies

HOMES = MarketCountries("DE", {"s2": SellerHome("US"), "s3": SellerHome("US")})
DOCUMENT = {"sellers": {"s1": "GBP", "s2": "JPY"}, "countries": {"US": "USD"}}


def parsed(document: Any) -> Any:
    return parse_payout_currencies(Part(document, "payouts.payout_currency"), HOMES)


def test_the_sellers_own_comes_first_then_its_countrys_then_the_wallets() -> None:
    found = parsed(DOCUMENT)

    assert [found.currency_for(f"s{n}", "EUR") for n in (1, 2, 3, 4)] == [
        "GBP",
        "JPY",
        "USD",
        "EUR",
    ]


def test_without_the_part_every_wallet_is_paid_in_its_own() -> None:
    assert parse_payout_currencies(None, HOMES) is AS_HELD
    assert AS_HELD.currency_for("s2", "KWD") == "KWD"
    assert parsed({}).currency_for("s2", "KWD") == "KWD"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"sellers": {"s1": "XXX"}}, "sellers.s1"),
        ({"sellers": {"s/1": "EUR"}}, "sellers.s/1"),
        ({"countries": {"XX": "EUR"}}, "countries.XX"),
        ({"countries": {"US": 5}}, "countries.US"),
        ({"seller": {}}, "seller"),
    ],
)
def test_a_mistake_is_refused_by_its_path(document: Any, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        parsed(document)

    assert caught.value.field == f"payouts.payout_currency.{field}"
