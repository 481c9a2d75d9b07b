from dataclasses import replace

import pytest

from countinghouse.domain.order import OrderStatus
from countinghouse.domain.psp import EventStatus, FactKind
from countinghouse.ports.books import OrderBook
from countinghouse.ports.queues import DueIndex
from countinghouse_aws.dynamodb.orders import DynamoOrderBook
from countinghouse_aws.dynamodb.payments import DynamoPaymentBook
from countinghouse_aws.dynamodb.psp_events import DynamoPspEventBook
from countinghouse_aws.dynamodb.table import DUE_SHARDS, DynamoDueIndex
from tests.builders import NOW, a_payment, an_event, an_order
from tests.contract.tables import Tables
from tests.fakes.books import FakeOrderBook
from tests.fakes.queues import FakeDueIndex

S = OrderStatus
Books = tuple[OrderBook, DueIndex]


@pytest.fixture(params=["fake", "dynamo"])
def books(request: pytest.FixtureRequest) -> Books:
    if request.param == "fake":
        orders = FakeOrderBook()
        return orders, FakeDueIndex(orders.rows)
    table = request.getfixturevalue("tables").orders
    return DynamoOrderBook(table), DynamoDueIndex(table)


def test_exactly_what_is_due_by_now_is_found(books: Books) -> None:
    orders, index = books
    for number in range(30):
        orders.add(an_order(order_id=f"o{number}", due_at=NOW + number))
    orders.add(an_order(S.CAPTURED, "rest"))

    assert sorted(index.due(NOW + 9, 500)) == sorted(f"o{n}" for n in range(10))
    assert index.due(NOW - 1, 500) == []


def test_at_most_so_many_are_taken_and_the_rest_comes_later(books: Books) -> None:
    orders, index = books
    for number in range(40):
        orders.add(an_order(order_id=f"o{number}", due_at=NOW + number))

    found = index.due(NOW + 100, 2 * DUE_SHARDS)

    assert 0 < len(found) <= 2 * DUE_SHARDS
    assert len(set(found)) == len(found)


def test_a_row_that_comes_to_rest_leaves_the_index(books: Books) -> None:
    orders, index = books
    waiting, done = an_order(due_at=NOW), an_order(S.CAPTURED, version=3)
    orders.add(waiting)
    assert index.due(NOW, 500) == ["o1"]

    orders.replace(waiting, done)

    assert index.due(NOW + 10**9, 500) == []


def test_a_row_put_off_is_due_later(books: Books) -> None:
    orders, index = books
    waiting = an_order(due_at=NOW)
    later = replace(waiting, due_at=NOW + 1_000, version=3)
    orders.add(waiting)

    orders.replace(waiting, later)

    assert index.due(NOW + 999, 500) == []
    assert index.due(NOW + 1_000, 500) == ["o1"]


def test_payments_and_events_have_an_index_of_their_own(tables: Tables) -> None:
    DynamoPaymentBook(tables.payments).add(a_payment(due_at=NOW))
    events = DynamoPspEventBook(tables.events, lambda: tables.orders)
    event = an_event(an_order(), FactKind.CAPTURED)
    events.add(event)
    assert DynamoDueIndex(tables.events).due(NOW + 10**9, 500) == []

    events.replace(event, replace(event, status=EventStatus.PARKED, due_at=NOW, version=2))

    assert DynamoDueIndex(tables.payments).due(NOW, 500) == ["c1"]
    assert DynamoDueIndex(tables.events).due(NOW, 500) == [event.event_key]
