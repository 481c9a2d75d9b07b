from dataclasses import replace

import pytest

from countinghouse.domain.errors import Conflict
from countinghouse.domain.seal import Figures, Seal, nothing, seal
from countinghouse.ports.audit import SealBook
from countinghouse_aws.dynamodb.seals import DynamoSealBook
from tests.fakes.audit import FakeSealBook

# As the digests of some ten million journals come to.
FIGURES = Figures(10_000_000, {"EUR": 10**13, "JPY": 7}, 2**60 * 10_000_000)
FIRST = seal("2026-11-20", nothing(), None)
SECOND = seal("2026-11-21", FIGURES, FIRST)
THIRD = seal("2026-11-24", nothing(), SECOND)


@pytest.fixture(params=["fake", "dynamo"])
def book(request: pytest.FixtureRequest) -> SealBook:
    if request.param == "fake":
        return FakeSealBook()
    return DynamoSealBook(request.getfixturevalue("tables").balances)


def test_seals_are_read_back_in_their_order(book: SealBook) -> None:
    assert book.seals() == ()

    for one in (FIRST, SECOND, THIRD):
        book.add(one)

    assert book.seals() == (FIRST, SECOND, THIRD)


@pytest.mark.parametrize(
    "wrong",
    [
        SECOND,
        THIRD,
        seal("2026-11-22", FIGURES, None),
        replace(THIRD, previous=FIRST.hash),
        seal("2026-11-20", FIGURES, SECOND),
    ],
    ids=["again", "skips one", "a second first", "forks", "an old day"],
)
def test_a_seal_that_does_not_follow_is_refused(book: SealBook, wrong: Seal) -> None:
    book.add(FIRST)
    if wrong is not THIRD:
        book.add(SECOND)

    with pytest.raises(Conflict):
        book.add(wrong)

    assert book.seals() == ((FIRST,) if wrong is THIRD else (FIRST, SECOND))


def test_a_chain_begins_with_a_first_seal(book: SealBook) -> None:
    with pytest.raises(Conflict):
        book.add(SECOND)

    assert book.seals() == ()
