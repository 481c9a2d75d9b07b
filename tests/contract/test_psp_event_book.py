from dataclasses import replace
from typing import NamedTuple

import pytest

from countinghouse.domain.errors import Conflict
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.psp import EventStatus, FactKind, PspEvent
from countinghouse.ports.books import OrderBook, PspEventBook
from countinghouse_aws.dynamodb.orders import DynamoOrderBook
from countinghouse_aws.dynamodb.psp_events import DynamoPspEventBook
from tests.builders import NOW, a_fact, an_event, an_order
from tests.contract.tables import Tables
from tests.fakes.books import FakeOrderBook, FakePspEventBook

S = OrderStatus
K = FactKind
SENT = an_order(S.SENT)
EVENT = an_event(SENT, K.CAPTURED)
APPLIED = replace(EVENT, status=EventStatus.APPLIED, version=2)
CAPTURED = an_order(S.CAPTURED, version=3)


class Books(NamedTuple):
    events: PspEventBook
    orders: OrderBook


@pytest.fixture(params=["fake", "dynamo"])
def books(request: pytest.FixtureRequest) -> Books:
    if request.param == "fake":
        orders = FakeOrderBook()
        return Books(FakePspEventBook(orders), orders)
    tables: Tables = request.getfixturevalue("tables")
    return Books(
        DynamoPspEventBook(tables.events, lambda: tables.orders), DynamoOrderBook(tables.orders)
    )


@pytest.mark.parametrize("kind", sorted(FactKind))
def test_what_is_stored_is_what_is_read(books: Books, kind: FactKind) -> None:
    event = an_event(SENT, kind)

    assert books.events.add(event) is None
    assert books.events.get(event.event_key) == event


@pytest.mark.parametrize(
    "event",
    [
        replace(EVENT, status=EventStatus.PARKED, parked=2, due_at=NOW + 5, version=3),
        replace(EVENT, alarm="contradiction", status=EventStatus.CONTRADICTION),
        replace(EVENT, order_id=None, fact=a_fact(an_order(S.CREATED), K.OTHER)),
    ],
)
def test_every_field_survives(books: Books, event: PspEvent) -> None:
    books.events.add(event)

    assert books.events.get(event.event_key) == event


def test_an_event_is_recorded_once(books: Books) -> None:
    books.events.add(EVENT)

    assert books.events.add(replace(EVENT, body_sha256="b" * 64)) == EVENT
    assert books.events.get(EVENT.event_key) == EVENT
    assert books.events.get("sandbox#other") is None


def test_an_event_and_its_order_change_together(books: Books) -> None:
    books.events.add(EVENT)
    books.orders.add(SENT)

    books.events.apply(EVENT, APPLIED, (SENT, CAPTURED))

    assert books.events.get(EVENT.event_key) == APPLIED
    assert books.orders.get("o1") == CAPTURED


@pytest.mark.parametrize(
    ("stored_event", "stored_order"),
    [
        (EVENT, an_order(S.FAILED, version=9)),
        (replace(EVENT, version=5), SENT),
        (EVENT, None),
        (None, SENT),
    ],
    ids=["order moved", "event moved", "no order", "no event"],
)
def test_neither_changes_when_one_has_moved(
    books: Books, stored_event: PspEvent | None, stored_order: Order | None
) -> None:
    if stored_event is not None:
        books.events.add(stored_event)
    if stored_order is not None:
        books.orders.add(stored_order)

    with pytest.raises(Conflict):
        books.events.apply(EVENT, APPLIED, (SENT, CAPTURED))

    assert books.events.get(EVENT.event_key) == stored_event
    assert books.orders.get("o1") == stored_order


def test_a_change_is_committed_on_the_version_it_was_made_from(books: Books) -> None:
    books.events.add(EVENT)

    books.events.replace(EVENT, APPLIED)

    with pytest.raises(Conflict):
        books.events.replace(EVENT, replace(APPLIED, status=EventStatus.STALE))
    assert books.events.get(EVENT.event_key) == APPLIED


def test_an_orders_events_are_found_oldest_first(books: Books) -> None:
    late = an_event(SENT, K.CAPTURED, "evt_b", received_at=NOW + 2)
    early = an_event(SENT, K.AUTHORIZED, "evt_c", received_at=NOW + 1)
    other = an_event(an_order(order_id="o2"), K.CAPTURED, "evt_a")
    unlinked = replace(EVENT, order_id=None)
    for event in (late, early, other, unlinked):
        books.events.add(event)

    assert books.events.of_order("o1") == [early, late]
    assert books.events.of_order("none") == []
