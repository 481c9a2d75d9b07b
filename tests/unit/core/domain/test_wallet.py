from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countinghouse.domain.accounts import BUCKETS, Account
from countinghouse.domain.errors import InsufficientFunds
from countinghouse.domain.ledger import Journal
from countinghouse.domain.wallet import (
    PLATFORM_SHARDS,
    Wallet,
    WalletAddress,
    buckets,
    control_account,
    parse_address,
    wallet_parts,
)
from tests.builders import a_journal, a_transfer
from tests.strategies import journals

S1 = WalletAddress("seller:s1", "EUR")


def folded(booked: Iterable[Journal]) -> dict[WalletAddress, Wallet]:
    """The wallets after these journals; one that a floor refuses is left out whole."""
    wallets: dict[WalletAddress, Wallet] = {}
    for journal in booked:
        parts = wallet_parts(journal)
        try:
            moved = {a: wallets.get(a, Wallet(a)).post(journal, legs) for a, legs in parts.items()}
        except InsufficientFunds:
            continue
        wallets |= moved
    return wallets


@given(journals())
def test_each_wallets_part_of_a_journal_sums_to_zero(journal: Journal) -> None:
    for address, legs in wallet_parts(journal).items():
        assert sum(leg.amount.minor for leg in legs) == 0
        assert {leg.amount.currency for leg in legs} == {address.currency}


@given(journals())
def test_the_parts_are_the_journal_and_what_passes_between_wallets_cancels(
    journal: Journal,
) -> None:
    legs = [leg for part in wallet_parts(journal).values() for leg in part]
    added = [leg for leg in legs if leg.account == Account("inter_wallet")]
    own = [leg for leg in journal.legs if leg.account == Account("inter_wallet")]
    rest = [leg for leg in legs if leg.account != Account("inter_wallet")]

    assert sorted(map(repr, rest)) == sorted(repr(leg) for leg in journal.legs if leg not in own)
    for currency in {leg.amount.currency for leg in journal.legs}:
        passed = sum(leg.amount.minor for leg in added if leg.amount.currency == currency)
        assert passed == sum(leg.amount.minor for leg in own if leg.amount.currency == currency)


@given(journals())
def test_an_owners_account_stands_in_that_owners_wallet_only(journal: Journal) -> None:
    for address, legs in wallet_parts(journal).items():
        owners = {leg.account.wallet_owner for leg in legs} - {None}
        assert owners <= {address.owner}


@settings(max_examples=25)
@given(st.lists(journals(), max_size=8))
def test_wallets_are_the_fold_of_their_journals_and_each_sums_to_zero(
    booked: list[Journal],
) -> None:
    taken = [journal for journal in booked if folded([journal])]
    wallets = folded(taken)

    assert all(wallet.total == 0 for wallet in wallets.values())
    for address, wallet in wallets.items():
        assert all(wallet.balances.values()), "zero balances are not kept"
        for name, minor in wallet.balances.items():
            account = Account(*name.split(":"))
            if account.wallet_owner is not None:
                assert account.wallet_owner == address.owner
                assert account.shown(minor) > 0


def test_a_balance_is_the_sum_of_its_entries() -> None:
    booked = [a_journal(f"o{n}", minor=n) for n in range(1, 6)]

    wallet = folded(booked)[S1]

    assert wallet.balances == {"psp_receivable:sandbox": 15, "seller_pending:s1": -15}
    assert wallet.sequence == 5
    assert wallet.head == booked[-1].ledger_id


def test_an_account_may_not_go_below_zero() -> None:
    wallet = folded([a_journal(minor=100)])[S1]
    taking = a_transfer("seller_pending:s1", "adjustments", 101)

    with pytest.raises(InsufficientFunds):
        wallet.post(taking, taking.legs)

    all_of_it = a_transfer("seller_pending:s1", "adjustments", 100)
    assert wallet.post(all_of_it, all_of_it.legs).balances == {
        "psp_receivable:sandbox": 100,
        "adjustments": -100,
    }


def test_a_debt_may_not_become_less_than_none() -> None:
    journal = a_transfer("adjustments", "seller_receivable:s1", 1)

    with pytest.raises(InsufficientFunds):
        Wallet(S1).post(journal, journal.legs)


def test_the_chain_depends_on_every_journal_and_on_their_order() -> None:
    first, second = a_journal("o1"), a_journal("o2")

    straight, crossed = folded([first, second])[S1], folded([second, first])[S1]

    assert straight.balances == crossed.balances
    assert len({straight.chain, crossed.chain, folded([second])[S1].chain}) == 3


def test_a_journal_between_two_sellers_passes_through_inter_wallet() -> None:
    parts = wallet_parts(a_transfer("seller_available:s1", "seller_available:s2", 40))

    shown = {a.owner: [(x.account.name, x.amount.minor) for x in p] for a, p in parts.items()}
    assert shown == {
        "seller:s1": [("seller_available:s1", 40), ("inter_wallet", -40)],
        "seller:s2": [("seller_available:s2", -40), ("inter_wallet", 40)],
    }


def test_a_journal_of_the_platform_alone_goes_to_a_platform_shard() -> None:
    owners = {
        next(iter(wallet_parts(a_transfer("bank:b", "unallocated:sandbox", 1, f"r{n}")))).owner
        for n in range(300)
    }

    assert owners == {f"platform:{n}" for n in range(PLATFORM_SHARDS)}


@pytest.mark.parametrize(("reference", "shard"), [("o1", 3), ("po1", 1), ("2026-11", 5)])
def test_a_reference_keeps_its_platform_shard_for_ever(reference: str, shard: int) -> None:
    # What an earlier release booked for it stands in that wallet, and the rest belongs with it.
    parts = wallet_parts(a_transfer("bank:b", "unallocated:sandbox", 1, reference))

    assert list(parts) == [WalletAddress(f"platform:{shard}", "EUR")]


def test_only_sellers_wallets_are_sharded() -> None:
    journal = a_transfer("seller_available:s1", "buyer_wallet:b1", wallet_shard=3)

    assert {(a.owner, a.shard) for a in wallet_parts(journal)} == {
        ("seller:s1", 3),
        ("buyer:b1", 0),
    }


def test_an_address_is_read_back_from_its_keys() -> None:
    address = WalletAddress("seller:s1", "EUR", 12)

    assert parse_address(address.owner, address.wallet_id) == address
    assert address.group == "seller:s1#EUR#12"


@pytest.mark.parametrize("wallet_id", ["EUR", "EUR#", "EUR#x", "EUR#1#2"])
def test_a_key_that_no_wallet_has_is_not_read_as_one(wallet_id: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        parse_address("seller:s1", wallet_id)


def test_buckets_add_up_all_shards_and_show_only_the_owners_own() -> None:
    wallets = [
        *folded([a_journal("o1", minor=100)]).values(),
        *folded([a_journal("o2", minor=20, wallet_shard=1)]).values(),
        *folded([a_journal("o3", minor=3, currency="JPY")]).values(),
    ]

    empty = dict.fromkeys(BUCKETS, 0)
    assert buckets(wallets) == {
        "EUR": {**empty, "pending": 120},
        "JPY": {**empty, "pending": 3},
    }


def test_another_owners_balance_is_not_shown() -> None:
    wallet = Wallet(S1, {"seller_pending:s1": -5, "seller_pending:s2": -7, "adjustments": 12})

    assert buckets([wallet])["EUR"]["pending"] == 5


def test_sellers_and_buyers_are_summed_by_kind() -> None:
    assert control_account("seller_pending:s1") == "seller_pending"
    assert control_account("psp_receivable:sandbox") == "psp_receivable:sandbox"
    assert control_account("adjustments") == "adjustments"
