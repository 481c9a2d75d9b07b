from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.ledger import Journal
from countinghouse.domain.posting import plan_posting
from countinghouse.domain.wallet import Wallet, WalletAddress, buckets
from countinghouse.domain.wallet_folds import (
    FOLD_IN,
    FOLD_OUT,
    fold_journals,
    fold_key,
    fold_reference,
    wants_fold,
)
from tests.builders import NOW
from tests.payouts import movement

FIRST = WalletAddress("seller:s1", "EUR")
THIRD = WalletAddress("seller:s1", "EUR", 3)
CAUSE = "payout:po_1:fold"


def holding(address: WalletAddress, available: int = 0, debt: int = 0, pending: int = 0) -> Wallet:
    """A wallet after a journal of these balances."""
    legs = {
        "seller_available:s1": -available,
        "seller_receivable:s1": debt,
        "seller_pending:s1": -pending,
    }
    wallet = Wallet(address)
    if not any(legs.values()):
        return wallet
    journal = movement(f"begin {address.shard}", legs, wallet_shard=address.shard)
    ((_, moved),) = plan_posting([journal], {address: wallet}).posting.wallets
    return moved


def fold(wallet: Wallet, first: Wallet) -> tuple[Wallet, Wallet, tuple[Journal, ...]]:
    """Both wallets after the fold, and its journals."""
    journals = fold_journals(wallet, first, CAUSE, NOW)
    plan = plan_posting(journals, {wallet.address: wallet, first.address: first})
    assert not plan.refused
    moved = {new.address: new for _, new in plan.posting.wallets}
    return moved.get(wallet.address, wallet), moved.get(first.address, first), journals


def shown(wallet: Wallet) -> dict[str, int]:
    return {name: minor for name, minor in buckets([wallet])["EUR"].items() if minor}


def test_what_is_available_moves_into_the_first_and_the_rest_stays() -> None:
    third, first, journals = fold(holding(THIRD, 500, pending=70), holding(FIRST, 30))

    assert (shown(third), shown(first)) == ({"pending": 70}, {"available": 530})
    assert [journal.kind for journal in journals] == [FOLD_OUT, FOLD_IN]
    assert [journal.wallet_shard for journal in journals] == [3, 0]


def test_what_is_owed_moves_too() -> None:
    third, first, _ = fold(holding(THIRD, debt=400), holding(FIRST, 1_000))
    assert (shown(third), shown(first)) == ({}, {"available": 600})

    third, first, _ = fold(holding(THIRD, debt=400), holding(FIRST, 100, pending=9))
    assert (shown(third), shown(first)) == ({}, {"pending": 9, "debt": 300})


def test_what_is_available_pays_what_is_owed_in_the_first() -> None:
    third, first, _ = fold(holding(THIRD, 500), holding(FIRST, debt=200))

    assert (shown(third), shown(first)) == ({}, {"available": 300})


def test_as_much_owed_as_available_is_one_journal() -> None:
    third, first, journals = fold(holding(THIRD, 500, debt=500), holding(FIRST, 30))

    assert (shown(third), shown(first)) == ({}, {"available": 30})
    assert [journal.kind for journal in journals] == [FOLD_OUT]


@pytest.mark.parametrize(
    "wallet",
    [holding(THIRD), holding(THIRD, pending=70), holding(FIRST, 500, debt=4)],
    ids=["empty", "pending only", "the first itself"],
)
def test_there_is_nothing_to_fold(wallet: Wallet) -> None:
    assert not wants_fold(wallet)
    assert fold_journals(wallet, holding(FIRST), CAUSE, NOW) == ()


def test_a_fold_is_named_after_the_sub_wallets_version() -> None:
    before = holding(THIRD, 500)
    out, into = fold_journals(before, holding(FIRST), CAUSE, NOW)

    assert out.key == fold_key(THIRD, FOLD_OUT, before.sequence)
    assert into.key == fold_key(THIRD, FOLD_IN, before.sequence)
    assert out.reference == into.reference == fold_reference(THIRD) == "fold:seller:s1#EUR#3"
    assert out.cause == into.cause == CAUSE


AMOUNTS = st.integers(0, 5_000)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_folding_changes_nothing_of_what_the_seller_has(a: int, b: int, c: int, d: int) -> None:
    before = holding(THIRD, a, b), holding(FIRST, c, d)
    third, first, journals = fold(*before)

    assert not wants_fold(third)
    had, has = shown_net(*before), shown_net(third, first)
    assert has == had
    assert (third.total, first.total) == (0, 0)
    between: Counter[str] = Counter()
    for journal in journals:
        for leg in journal.legs:
            between[leg.account.kind] += leg.amount.minor
    assert between["inter_wallet"] == 0
    # Nobody comes out of a fold richer and in debt: nothing was available and owed at once before.
    if not (c and d):
        assert not (shown(first).get("available") and shown(first).get("debt"))


def shown_net(*wallets: Wallet) -> int:
    held = buckets(wallets)["EUR"]
    return held["available"] - held["debt"]
