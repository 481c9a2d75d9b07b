"""The shared breakers: the double and DynamoDB alike."""

from __future__ import annotations

import pytest

from countinghouse.domain.breaker import Breaker, BreakerPolicy
from countinghouse.domain.errors import Conflict
from countinghouse.ports.psp_health import BreakerBook
from countinghouse_aws.dynamodb.psp_health import DynamoBreakerBook
from tests.builders import NOW
from tests.contract.tables import Tables
from tests.fakes.psp_health import FakeBreakerBook

POLICY = BreakerPolicy()
OPEN = Breaker("stripe").opened(NOW, "not_sent", POLICY)


@pytest.fixture(params=["fake", "dynamodb"])
def book(request: pytest.FixtureRequest) -> BreakerBook:
    if request.param == "fake":
        return FakeBreakerBook()
    tables: Tables = request.getfixturevalue("tables")
    return DynamoBreakerBook(tables.health)


def test_what_never_opened_is_not_there(book: BreakerBook) -> None:
    assert book.get_many(["stripe", "adyen"]) == {}
    assert book.get_many([]) == {}


@pytest.mark.parametrize(
    "breaker", [OPEN, OPEN.probed(NOW + 1, POLICY), OPEN.probed(NOW + 1, POLICY).closed(NOW + 2)]
)
def test_a_breaker_comes_back_as_it_was_saved(book: BreakerBook, breaker: Breaker) -> None:
    book.save(breaker)

    assert book.get_many(["stripe", "adyen"]) == {"stripe": breaker}


def test_of_two_that_change_the_same_breaker_one_is_refused(book: BreakerBook) -> None:
    book.save(OPEN)
    book.save(OPEN.probed(NOW + 1, POLICY))

    with pytest.raises(Conflict):
        book.save(OPEN.probed(NOW + 2, POLICY))
    with pytest.raises(Conflict):
        book.save(OPEN)

    assert book.get_many(["stripe"])["stripe"].until == NOW + 1 + POLICY.probe_lease


def test_a_change_nobody_could_be_told_of_is_made_up_for_by_the_next(book: BreakerBook) -> None:
    book.save(OPEN)
    unheard = OPEN.probed(NOW + 1, POLICY)

    book.save(unheard.closed(NOW + 2))

    assert book.get_many(["stripe"])["stripe"].version == 3
