import pytest
from hypothesis import given

from countinghouse.domain.accounts import BUCKETS, CHART, Account, Nature, Owner, parse_account
from countinghouse.domain.errors import Invalid
from tests.strategies import accounts


@given(accounts())
def test_an_account_is_read_back_from_its_name(account: Account) -> None:
    assert parse_account(account.name) == account


@pytest.mark.parametrize(
    "name", ["", "cash", "psp_receivable", "inter_wallet:x", "seller_pending:", "bank:" + "x" * 65]
)
def test_a_name_outside_the_chart_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_account(name)

    assert refusal.value.field == "account"


@pytest.mark.parametrize("kind", sorted(CHART))
def test_only_sellers_and_buyers_accounts_live_in_wallets(kind: str) -> None:
    line = CHART[kind]
    account = Account(kind, "" if line.owner is Owner.NONE else "x")

    owned = line.owner in (Owner.SELLER, Owner.BUYER)

    assert account.wallet_owner == (f"{line.owner}:x" if owned else None)
    assert (line.bucket is not None) == owned


def test_every_bucket_of_a_seller_has_exactly_one_account() -> None:
    shown = [line.bucket for line in CHART.values() if line.owner is Owner.SELLER]

    assert sorted(map(str, shown)) == sorted(BUCKETS)


def test_a_liability_shows_what_is_owed_as_a_positive_number() -> None:
    assert Account("seller_pending", "s1").shown(-7_000) == 7_000
    assert Account("seller_receivable", "s1").shown(500) == 500
    assert CHART["seller_receivable"].nature is Nature.ASSET
