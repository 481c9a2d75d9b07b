from dataclasses import replace

import pytest

from countinghouse.domain.errors import Invalid
from countinghouse.domain.fee_tax import FeeTaxes, FeeTaxRule
from countinghouse.domain.fees import FeeBook, FeeRule, FeeScope, FeeTax, freeze_fee
from countinghouse.domain.market_countries import MarketCountries, SellerHome
from countinghouse.domain.order import CaptureMode
from countinghouse.domain.payment import ORDERS_MAX, OnPartialFailure
from countinghouse.domain.sca import ScaRules
from countinghouse.domain.screening import ALLOWED, ScreeningRequest, Verdict
from countinghouse.domain.sub_wallets import SellerShards
from countinghouse.domain.submission import (
    OrderPart,
    SubmitPayment,
    Terms,
    screen_parties,
    submission_of,
)
from tests.builders import NOW, TEN_PERCENT, TERMS, a_fee, an_info


def command(*parts: OrderPart) -> SubmitPayment:
    return SubmitPayment(
        checkout_id="c1",
        user_id="u1",
        user_country="DE",
        user_email=None,
        payment_info=an_info(),
        currency="EUR",
        parts=parts,
        on_partial_failure=OnPartialFailure.KEEP,
        capture=CaptureMode.AUTOMATIC,
        fingerprint="f",
    )


def parts(count: int) -> tuple[OrderPart, ...]:
    return tuple(OrderPart(f"o{n}", f"s{n}", 100 + n) for n in range(count))


@pytest.mark.parametrize("count", [1, 2, ORDERS_MAX])
def test_each_sellers_part_becomes_a_line_with_its_fee_frozen(count: int) -> None:
    submission = submission_of(command(*parts(count)), TERMS, NOW)

    assert [(x.order_id, x.seller_id, x.amount_minor) for x in submission.lines] == [
        (f"o{n}", f"s{n}", 100 + n) for n in range(count)
    ]
    assert all(line.fee == a_fee(line.amount_minor) for line in submission.lines)


@pytest.mark.parametrize("count", [0, ORDERS_MAX + 1])
def test_a_checkout_has_one_to_fifty_orders(count: int) -> None:
    with pytest.raises(Invalid) as refusal:
        submission_of(command(*parts(count)), TERMS, NOW)

    assert refusal.value.field == "orders"


def test_an_order_id_stands_once_in_a_checkout() -> None:
    twice = replace(parts(2)[1], order_id="o0")

    with pytest.raises(Invalid):
        submission_of(command(parts(2)[0], twice), TERMS, NOW)


def test_each_line_has_the_fee_of_its_seller_and_category_at_that_instant() -> None:
    rules = {
        "books-v1": FeeRule("books-v1", 500, 700, FeeScope.CATEGORY, "books"),
        "s1-v1": FeeRule("s1-v1", 250, 700, FeeScope.SELLER, "s1", NOW - 1, {"JPY": 40}),
        "s1-v2": FeeRule("s1-v2", 9_000, 700, FeeScope.SELLER, "s1", NOW + 1),
    }
    book = FeeBook((TEN_PERCENT, *rules.values()))
    sold = command(
        OrderPart("o1", "s1", 7_000, "books"),
        OrderPart("o2", "s2", 7_000, "books"),
        OrderPart("o3", "s2", 7_000, "toys"),
        OrderPart("o4", "s2", 7_000),
    )

    lines = submission_of(replace(sold, currency="JPY"), Terms(book), NOW).lines

    assert [line.fee for line in lines] == [
        freeze_fee(7_000, "JPY", rules["s1-v1"]),
        freeze_fee(7_000, "JPY", rules["books-v1"]),
        a_fee(7_000),
        a_fee(7_000),
    ]
    assert lines[0].fee.fee_minor == 215


def test_a_large_sellers_orders_are_spread_over_its_wallets() -> None:
    terms = replace(TERMS, shards=SellerShards({"s1": 4}))
    sold = command(*(OrderPart(f"o{n}", f"s{n % 2}", 100) for n in range(50)))

    lines = submission_of(sold, terms, NOW).lines

    assert {line.wallet_shard for line in lines if line.seller_id == "s1"} == {0, 1, 2, 3}
    assert {line.wallet_shard for line in lines if line.seller_id == "s0"} == {0}
    assert submission_of(sold, terms, NOW).lines == lines
    assert {line.wallet_shard for line in submission_of(sold, TERMS, NOW).lines} == {0}


EU = MarketCountries("DE", {"s1": SellerHome("FR", business=True)}, {"DE": 0, "FR": 0})
ABROAD = FeeRule("default-v1", 1_000, 1_900, cross_border_basis_points=200)
TAXES = FeeTaxes((FeeTaxRule("fr-v1", "FR", 2_000, reverse_charge=True),))
MARKET = Terms(FeeBook((ABROAD,)), EU, TAXES, ScaRules({"EUR": 3_000}))


@pytest.mark.parametrize(
    ("buyer", "stated", "seller", "cross_border"),
    [
        ("DE", None, "FR", 0),
        ("JP", None, "FR", 140),
        ("JP", "JP", "JP", 0),
        ("FR", "JP", "JP", 140),
        (None, None, "FR", 0),
    ],
)
def test_a_line_has_its_sellers_country_and_what_the_border_costs(
    buyer: str | None, stated: str | None, seller: str, cross_border: int
) -> None:
    part = OrderPart("o1", "s1", 7_000, seller_country=stated)

    (line,) = submission_of(replace(command(part), user_country=buyer), MARKET, NOW).lines

    assert line.seller_country == seller
    assert (line.fee.fee_minor, line.fee.cross_border_minor) == (700 + cross_border, cross_border)


def test_a_line_has_the_tax_of_its_sellers_country() -> None:
    sold = command(OrderPart("o1", "s1", 7_000), OrderPart("o2", "s2", 7_000, seller_country="FR"))

    business, private = submission_of(sold, MARKET, NOW).lines

    assert business.fee.tax == FeeTax("fr-v1", "FR", 0, reverse_charge=True)
    assert private.fee.tax == FeeTax("fr-v1", "FR", 2_000)
    assert (business.fee.tax_minor, private.fee.tax_minor) == (0, 140)


def test_a_seller_without_an_entry_is_at_home_where_the_market_is() -> None:
    (line,) = submission_of(command(OrderPart("o1", "s9", 7_000)), MARKET, NOW).lines
    (nowhere,) = submission_of(command(OrderPart("o1", "s9", 7_000)), TERMS, NOW).lines

    assert (line.seller_country, nowhere.seller_country) == ("DE", None)


def test_an_exemption_is_for_what_the_buyer_pays_in_all() -> None:
    info = an_info(sca_exemption="low_value")
    small = command(OrderPart("o1", "s1", 1_500), OrderPart("o2", "s2", 1_500))
    large = command(OrderPart("o1", "s1", 1_500), OrderPart("o2", "s2", 1_501))

    kept = submission_of(replace(small, payment_info=info), MARKET, NOW)
    with pytest.raises(Invalid) as refusal:
        submission_of(replace(large, payment_info=info), MARKET, NOW)

    assert kept.payment_info.sca_exemption == "low_value"
    assert refusal.value.code == "sca_exemption_not_allowed"


def test_each_seller_is_screened_once() -> None:
    asked: list[ScreeningRequest] = []
    sold = command(*(OrderPart(f"o{n}", f"s{n % 2}", 100) for n in range(4)))

    def screen(request: ScreeningRequest) -> Verdict:
        asked.append(request)
        return ALLOWED

    assert screen_parties(sold, submission_of(sold, TERMS, NOW), screen).allowed
    assert [request.seller_id for request in asked] == ["s0", "s1"]
