from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pytest
from botocore.exceptions import ClientError

from countinghouse.bookkeeping import book
from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import SECOND
from countinghouse.domain.wallet import WalletAddress
from countinghouse.ports.buyers import BuyerBook, ClosedWallets, OwnersWallets
from countinghouse.ports.ledger import Journals, Ledger
from countinghouse_aws.dynamodb.buyers import DynamoBuyerBook
from countinghouse_aws.dynamodb.ledger import DynamoJournals, DynamoLedger
from countinghouse_aws.dynamodb.wallets import DynamoOwnersWallets
from countinghouse_aws.system.pseudonyms import RandomPseudonyms
from tests.builders import NOW, a_transfer
from tests.contract.tables import Tables
from tests.fakes.buyers import FakeBuyerBook
from tests.fakes.ledger import FakeLedger


class Book(BuyerBook, ClosedWallets, Protocol):
    """Both ports, which one table serves."""


@dataclass
class Books:
    buyers: Book
    ledger: Ledger
    journals: Journals
    wallets: OwnersWallets

    def move(self, source: str, target: str, reference: str = "case-1") -> None:
        book([a_transfer(source, target, reference=reference)], self.ledger, self.journals)


@pytest.fixture(params=["fake", "dynamo"])
def books(request: pytest.FixtureRequest) -> Books:
    if request.param == "fake":
        ledger = FakeLedger()
        return Books(FakeBuyerBook(ledger.closed), ledger, ledger, ledger)
    tables: Tables = request.getfixturevalue("tables")
    return Books(
        DynamoBuyerBook(tables.buyers),
        DynamoLedger(tables.ledger, tables.wallet, None, lambda: tables.buyers),
        DynamoJournals(tables.ledger),
        DynamoOwnersWallets(tables.wallet),
    )


def test_a_user_is_given_one_wallet_whoever_asks(books: Books) -> None:
    assert books.buyers.wallet_of("u1") is None
    assert books.buyers.assign("u1", "bw_1") == "bw_1"

    assert books.buyers.assign("u1", "bw_2") == "bw_1"

    assert books.buyers.wallet_of("u1") == "bw_1"
    assert books.buyers.wallet_of("u2") is None


def test_a_wallet_is_closed_and_opened_as_often_as_one_likes(books: Books) -> None:
    assert not books.buyers.is_closed("bw_1")
    books.buyers.reopen("bw_1")
    for _ in range(2):
        books.buyers.close("bw_1", NOW)
        assert books.buyers.is_closed("bw_1")
    for _ in range(2):
        books.buyers.reopen("bw_1")
        assert not books.buyers.is_closed("bw_1")


def test_what_is_forgotten_is_gone_and_the_user_may_come_back(books: Books) -> None:
    books.buyers.assign("u1", "bw_1")
    books.buyers.close("bw_1", NOW)

    books.buyers.forget("u1", "bw_1", NOW, NOW + 1)

    assert books.buyers.wallet_of("u1") is None
    assert books.buyers.is_closed("bw_1")
    assert books.buyers.assign("u1", "bw_2") == "bw_2"
    assert books.buyers.wallet_of("u1") == "bw_2"


@pytest.mark.parametrize(
    ("user_id", "wallet_id", "closed_at"),
    [("u1", "bw_1", NOW + 1), ("u1", "bw_2", NOW), ("u2", "bw_1", NOW), ("u3", "bw_3", NOW)],
)
def test_only_a_closed_wallet_of_that_user_is_forgotten(
    books: Books, user_id: str, wallet_id: str, closed_at: int
) -> None:
    books.buyers.assign("u1", "bw_1")
    books.buyers.assign("u2", "bw_2")
    books.buyers.close("bw_1", NOW)

    with pytest.raises(Conflict):
        books.buyers.forget(user_id, wallet_id, closed_at, NOW + 1)

    assert (books.buyers.wallet_of("u1"), books.buyers.wallet_of("u2")) == ("bw_1", "bw_2")


def test_an_open_wallet_is_not_forgotten(books: Books) -> None:
    books.buyers.assign("u1", "bw_1")
    books.buyers.close("bw_1", NOW)
    books.buyers.reopen("bw_1")

    with pytest.raises(Conflict):
        books.buyers.forget("u1", "bw_1", NOW, NOW)


def test_nothing_is_booked_on_a_closed_wallet_and_all_is_as_it_was(books: Books) -> None:
    books.move("adjustments", "buyer_wallet:bw_1")
    books.buyers.close("bw_1", NOW)
    before = books.wallets.wallets_of("buyer:bw_1")

    with pytest.raises(Conflict):
        books.move("buyer_wallet:bw_1", "bank:main", "case-2")

    assert books.wallets.wallets_of("buyer:bw_1") == before
    assert books.journals.journals("case-2") == []
    books.move("adjustments", "buyer_wallet:bw_2", "case-3")
    books.buyers.reopen("bw_1")
    books.move("buyer_wallet:bw_1", "bank:main", "case-4")


def test_an_owners_wallets_are_found_whatever_the_currency(books: Books) -> None:
    books.move("adjustments", "buyer_wallet:bw_1")
    in_yen = a_transfer("adjustments", "buyer_wallet:bw_1", currency="JPY", reference="case-2")
    book([in_yen], books.ledger, books.journals)

    found = books.wallets.wallets_of("buyer:bw_1")

    assert {one.address: one.balances["buyer_wallet:bw_1"] for one in found} == {
        WalletAddress("buyer:bw_1", "EUR"): -100,
        WalletAddress("buyer:bw_1", "JPY"): -100,
    }
    assert books.wallets.wallets_of("buyer:bw_9") == []


def test_the_row_of_a_forgotten_user_is_empty_and_ends_at_once(tables: Tables) -> None:
    """DynamoDB removes it by that attribute, since nobody here may."""
    buyers = DynamoBuyerBook(tables.buyers)
    buyers.assign("u1", "bw_1")
    buyers.close("bw_1", NOW)
    buyers.forget("u1", "bw_1", NOW, NOW + 999)

    assert tables.buyers.get(buyer="user#u1") == {"buyer": "user#u1", "expires_at": NOW // SECOND}
    assert tables.buyers.get(buyer="wallet#bw_1") == {"buyer": "wallet#bw_1", "closed_at": NOW}

    buyers.assign("u1", "bw_2")

    assert tables.buyers.get(buyer="user#u1") == {"buyer": "user#u1", "wallet": "bw_2"}


def test_who_books_on_no_buyers_wallet_needs_no_table_of_buyers(tables: Tables) -> None:
    def unset() -> object:
        raise AssertionError("the table was asked for")

    ledger = DynamoLedger(tables.ledger, tables.wallet, None, unset)  # type: ignore[arg-type]
    seller = a_transfer("adjustments", "seller_available:s1")

    book([seller], ledger, DynamoJournals(tables.ledger))

    assert ledger.wallets_of("seller:s1")


def test_an_error_of_dynamodbs_own_is_not_taken_for_a_lost_race(tables: Tables) -> None:
    table = tables.buyers
    table.client.delete_table(TableName=table.name)

    for call in (
        lambda: DynamoBuyerBook(table).forget("u1", "bw_1", NOW, NOW),
        lambda: DynamoBuyerBook(table).reopen("bw_1"),
        lambda: DynamoBuyerBook(table).assign("u1", "bw_1"),
    ):
        with pytest.raises(ClientError):
            call()


def test_pseudonyms_are_ids_and_no_two_are_the_same() -> None:
    drawn = [RandomPseudonyms().draw() for _ in range(100)]

    assert len(set(drawn)) == 100
    assert all(len(one) == 35 and one.startswith("bw_") for one in drawn)
