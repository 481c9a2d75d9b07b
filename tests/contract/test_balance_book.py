import pytest

from countinghouse.domain.trial_balance import TrialBalance
from countinghouse.ports.ledger import BalanceBook
from countinghouse_aws.dynamodb.balances import DynamoBalanceBook
from tests.builders import NOW
from tests.fakes.ledger import FakeBalanceBook

BALANCE = TrialBalance(NOW, {"EUR": {"bank:b": 5, "rounding": -5}, "JPY": {}}, wallets=3)


@pytest.fixture(params=["fake", "dynamo"])
def book(request: pytest.FixtureRequest) -> BalanceBook:
    if request.param == "fake":
        return FakeBalanceBook()
    return DynamoBalanceBook(request.getfixturevalue("tables").balances)


def test_the_newest_balance_is_read_back(book: BalanceBook) -> None:
    assert book.latest() is None

    book.save(BALANCE)

    assert book.latest() == BALANCE


def test_an_older_balance_does_not_replace_a_newer_one(book: BalanceBook) -> None:
    book.save(BALANCE)
    book.save(TrialBalance(NOW - 1, {}))
    assert book.latest() == BALANCE

    newer = TrialBalance(NOW + 1, {"EUR": {}})
    book.save(newer)

    assert book.latest() == newer
