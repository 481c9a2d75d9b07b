from itertools import combinations

import pytest

from countinghouse.domain.fx_books import circles_of, holds_position, positions_of
from countinghouse.domain.wallet import Wallet, WalletAddress


def a_wallet(owner: str, currency: str, **balances: int) -> Wallet:
    named = {name.replace("__", ":"): minor for name, minor in balances.items()}
    return Wallet(WalletAddress(owner, currency), named, sequence=1)


def test_a_seller_and_his_exchange_move_together() -> None:
    circles = circles_of(["seller:s1", "exchange:s2", "platform:3"])

    assert circles == {
        "s1": {"seller:s1", "exchange:s1"},
        "s2": {"seller:s2", "exchange:s2"},
        "platform:3": {"platform:3"},
    }


@pytest.mark.parametrize("seen", [["exchange:s1.7"], ["seller:s1", "exchange:s1.7"]])
def test_a_shard_of_an_exchange_is_in_its_sellers_circle(seen: list[str]) -> None:
    (circle,) = circles_of(seen).values()

    assert circle >= {"seller:s1", "exchange:s1.7", "exchange:s1"}


def test_nobody_stands_in_two_circles() -> None:
    owners = ["seller:a", "seller:a.5", "exchange:a", "exchange:a.5", "exchange:b", "platform:0"]
    circles = circles_of(owners)

    assert all(not one & two for one, two in combinations(circles.values(), 2))
    assert set().union(*circles.values()) >= set(owners)


def test_the_positions_are_added_up_by_currency() -> None:
    wallets = [
        a_wallet("exchange:s1", "USD", fx_position__USD=-7_000, psp_receivable__sandbox=7_000),
        a_wallet("seller:s1", "EUR", fx_position__EUR=6_266, seller_pending__s1=-6_266),
        a_wallet("exchange:s2", "USD", fx_position__USD=1_000, bank__sandbox=-1_000),
        a_wallet("exchange:s1", "JPY", fx_position__JPY=5, bank__sandbox=-5),
        a_wallet("exchange:s2", "JPY", fx_position__JPY=-5, bank__sandbox=5),
    ]
    without = a_wallet("seller:s1", "EUR", seller_pending__s1=-5, adjustments=5)

    assert positions_of([*wallets, without]) == {"EUR": 6_266, "USD": -6_000}
    assert all(map(holds_position, wallets))
    assert not holds_position(without)
