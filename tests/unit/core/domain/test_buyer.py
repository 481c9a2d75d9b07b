import pytest

from countinghouse.domain.buyer import PREFIX, owner_of, wallet_account, wallet_of_owner
from countinghouse.domain.wallet import WalletAddress, wallet_parts
from tests.builders import a_transfer


def test_a_wallet_is_named_by_its_pseudonym_alone() -> None:
    account = wallet_account(f"{PREFIX}1")

    assert account.name == "buyer_wallet:bw_1"
    assert account.wallet_owner == owner_of("bw_1")


@pytest.mark.parametrize(
    ("owner", "wallet_id"),
    [("buyer:bw_1", "bw_1"), ("buyer:u_1", "u_1"), ("seller:s1", None), ("platform:3", None)],
)
def test_only_a_buyers_rows_are_a_buyers(owner: str, wallet_id: str | None) -> None:
    assert wallet_of_owner(owner) == wallet_id


def test_what_was_booked_under_a_users_id_is_still_read() -> None:
    journal = a_transfer("adjustments", "buyer_wallet:u_1")

    assert list(wallet_parts(journal)) == [WalletAddress("buyer:u_1", "EUR")]
