import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.document import Part
from countinghouse.domain.errors import Invalid
from countinghouse.domain.sub_wallets import ONE_WALLET, SellerShards, parse_seller_shards


def parsed(value: object) -> SellerShards:
    return parse_seller_shards(Part(value, "seller_shards"))


@given(st.text(min_size=1, max_size=20), st.sampled_from([1, 2, 4, 8, 16, 32, 64]))
def test_an_order_has_one_sub_wallet_of_those_there_are(order_id: str, shards: int) -> None:
    large = SellerShards({"s1": shards})

    assert large.shard_for("s1", order_id) in range(shards)
    assert large.shard_for("s1", order_id) == large.shard_for("s1", order_id)


def test_only_large_sellers_have_more_than_one_wallet() -> None:
    large = SellerShards({"s1": 4})

    assert {large.shard_for("s2", f"o{n}") for n in range(50)} == {0}
    assert {ONE_WALLET.shard_for("s1", f"o{n}") for n in range(50)} == {0}
    assert {large.shard_for("s1", f"o{n}") for n in range(50)} == {0, 1, 2, 3}


@pytest.mark.parametrize("shards", [2, 16, 64])
def test_orders_are_spread_evenly(shards: int) -> None:
    large = SellerShards({"s1": shards})

    found = [large.shard_for("s1", f"ord-{n}") for n in range(100 * shards)]

    assert all(60 < found.count(shard) < 150 for shard in range(shards))


def test_twice_as_many_take_over_orders_of_the_half() -> None:
    four, eight = SellerShards({"s1": 4}), SellerShards({"s1": 8})

    for number in range(100):
        order_id = f"o{number}"
        assert eight.shard_for("s1", order_id) % 4 == four.shard_for("s1", order_id)


def test_the_document_names_them() -> None:
    assert parse_seller_shards(None) is ONE_WALLET
    assert parsed({}) == ONE_WALLET
    assert parsed({"s1": 8, "s2": 1}) == SellerShards({"s1": 8, "s2": 1})


@pytest.mark.parametrize("shards", [0, 3, 6, 65, 128, -2, "8", True, None, 2.0])
def test_a_number_that_is_no_power_of_two_is_refused_by_its_path(shards: object) -> None:
    with pytest.raises(Invalid) as refused:
        parsed({"s1": 2, "s2": shards})

    assert refused.value.field == "seller_shards.s2"


@pytest.mark.parametrize("document", [{"s 1": 2}, ["s1"], 4])
def test_what_is_no_seller_is_refused(document: object) -> None:
    with pytest.raises(Invalid, match="seller_shards"):
        parsed(document)
