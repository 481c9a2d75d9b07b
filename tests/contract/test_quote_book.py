from dataclasses import replace

import pytest

from countinghouse.domain.fx import Ratio
from countinghouse.ports.fx import QuoteBook
from countinghouse_aws.dynamodb.fx_quotes import DynamoQuoteBook
from tests.converted import a_quote
from tests.fakes.fx import FakeQuoteBook


@pytest.fixture(params=["fake", "dynamo"])
def book(request: pytest.FixtureRequest) -> QuoteBook:
    if request.param == "fake":
        return FakeQuoteBook()
    return DynamoQuoteBook(request.getfixturevalue("tables").quotes)


@pytest.mark.parametrize(
    "quote",
    [
        a_quote(),
        a_quote("JPY", "KWD", amount_minor=7_000),
        # More digits than any number that DynamoDB keeps.
        a_quote(mid=Ratio(10**40 + 1, 10**39), rate=Ratio(1, 10**45)),
    ],
)
def test_what_is_stored_is_what_is_read(book: QuoteBook, quote: object) -> None:
    assert book.get("fxq_1") is None
    assert book.add(quote) is None  # type: ignore[arg-type]

    assert book.get("fxq_1") == quote


def test_a_quote_is_written_once(book: QuoteBook) -> None:
    book.add(a_quote())

    assert book.add(replace(a_quote(), spread_basis_points=0)) == a_quote()

    assert book.get("fxq_1") == a_quote()
