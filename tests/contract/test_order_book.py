from dataclasses import replace

import pytest

from countinghouse.domain.errors import Conflict
from countinghouse.domain.order import Operation, OperationKind, Order, OrderStatus
from countinghouse.ports.books import OrderBook
from countinghouse_aws.dynamodb.orders import DynamoOrderBook
from tests.builders import HARD, NOW, REDIRECT, an_attempt, an_info, an_order
from tests.fakes.books import FakeOrderBook

S = OrderStatus


@pytest.fixture(params=["fake", "dynamo"])
def book(request: pytest.FixtureRequest) -> OrderBook:
    if request.param == "fake":
        return FakeOrderBook()
    return DynamoOrderBook(request.getfixturevalue("tables").orders)


@pytest.mark.parametrize("status", sorted(OrderStatus))
def test_what_is_stored_is_what_is_read(book: OrderBook, status: OrderStatus) -> None:
    order = an_order(status)

    assert book.add(order) is None
    assert book.get("o1") == order


@pytest.mark.parametrize(
    "order",
    [
        an_order(wallet_shard=7, asked=3, due_at=None),
        an_order(S.ROUTED, attempts=(an_attempt(outcome="declined_soft"), an_attempt(number=2))),
        an_order(operation=Operation(OperationKind.VOID, "k", 5, sent_at=NOW), failure=HARD),
        an_order(action=replace(REDIRECT, url=None, qr_payload="qr")),
        an_order(payment_info=an_info(wallet_provider="paypal", return_url="https://x.example")),
    ],
)
def test_every_field_survives(book: OrderBook, order: Order) -> None:
    book.add(order)

    assert book.get("o1") == order


def test_an_order_id_is_taken_once_by_whichever_checkout(book: OrderBook) -> None:
    first = an_order()
    book.add(first)

    assert book.add(an_order(checkout_id="c2", amount_minor=1)) == first
    assert book.get("o1") == first


def test_many_are_read_at_once(book: OrderBook) -> None:
    stored = {f"o{n}": an_order(order_id=f"o{n}") for n in range(120)}
    for order in stored.values():
        book.add(order)

    assert book.get_many([*stored, "o0", "none"]) == stored
    assert book.get("none") is None
    assert book.get_many([]) == {}


def test_a_change_is_committed_on_the_version_it_was_made_from(book: OrderBook) -> None:
    old, new = an_order(S.REQUIRES_ACTION), an_order(S.CAPTURED, version=3)
    book.add(old)

    book.replace(old, new)

    assert book.get("o1") == new


def test_the_second_of_two_changes_from_one_version_is_refused(book: OrderBook) -> None:
    old, first = an_order(S.SENT), an_order(S.CAPTURED, version=3)
    book.add(old)
    book.replace(old, first)

    with pytest.raises(Conflict):
        book.replace(old, an_order(S.FAILED, version=3))

    assert book.get("o1") == first


def test_a_change_of_what_is_not_there_is_refused(book: OrderBook) -> None:
    with pytest.raises(Conflict):
        book.replace(an_order(), an_order(version=3))

    assert book.get("o1") is None
