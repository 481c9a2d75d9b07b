"""Erasing a checkout over both kinds of books; what DynamoDB holds afterwards, to the last byte."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from countinghouse.domain.erasure import ERASED
from countinghouse.domain.errors import Conflict
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.payment import PaymentStatus
from countinghouse.ports.books import OrderBook, PaymentBook
from countinghouse.usecases.erase_checkout import erase_checkout
from countinghouse_aws.dynamodb.orders import DynamoOrderBook
from countinghouse_aws.dynamodb.payments import DynamoPaymentBook
from tests.builders import a_line, a_payment, a_submission, an_info, an_order
from tests.contract.tables import Tables
from tests.fakes.books import FakeOrderBook, FakePaymentBook
from tests.fakes.clock import FakeClock

WHO = "user-4711"
INFO = an_info(return_url=f"https://shop.example/back?user={WHO}")
LINES = [a_line(), a_line("o2")]
ORDERS = [
    an_order(status, line.order_id, user_id=WHO, payment_info=INFO)
    for status, line in zip((OrderStatus.CAPTURED, OrderStatus.FAILED), LINES, strict=True)
]
PAYMENT = a_payment(
    status=PaymentStatus.PARTIALLY_SUCCEEDED,
    submission=a_submission(LINES, user_id=WHO, payment_info=INFO),
)
Books = tuple[PaymentBook, OrderBook]


def _filled(payments: PaymentBook, orders: OrderBook) -> Books:
    payments.add(PAYMENT)
    for order in ORDERS:
        orders.add(order)
    return payments, orders


@pytest.fixture(params=["fake", "dynamo"])
def books(request: pytest.FixtureRequest) -> Books:
    if request.param == "fake":
        return _filled(FakePaymentBook(), FakeOrderBook())
    tables: Tables = request.getfixturevalue("tables")
    return _filled(DynamoPaymentBook(tables.payments), DynamoOrderBook(tables.orders))


def test_every_row_is_read_back_without_its_buyer(books: Books) -> None:
    payments, orders = books

    assert not erase_checkout("c1", payments, orders, FakeClock()).replayed

    payment = payments.get("c1")
    assert payment is not None
    assert payment.submission is not None
    assert (payment.submission.user_id, payment.submission.fingerprint) == (ERASED, ERASED)
    for order in ORDERS:
        stored = orders.get(order.order_id)
        info = replace(INFO, return_url=None)
        assert stored == replace(order, user_id=ERASED, payment_info=info, version=3)
    assert erase_checkout("c1", payments, orders, FakeClock()).replayed


def test_a_write_from_before_the_erasure_is_refused(books: Books) -> None:
    payments, orders = books
    erase_checkout("c1", payments, orders, FakeClock())

    with pytest.raises(Conflict):
        orders.replace(ORDERS[0], replace(ORDERS[0], asked=1, version=3))
    with pytest.raises(Conflict):
        payments.replace(PAYMENT, replace(PAYMENT, asked=1, version=3))


def test_no_byte_of_the_rows_tells_who_it_was(tables: Tables) -> None:
    books = _filled(DynamoPaymentBook(tables.payments), DynamoOrderBook(tables.orders))
    erase_checkout("c1", *books, FakeClock())

    rows = [tables.payments.get(checkout_id="c1")]
    rows += [tables.orders.get(order_id=order.order_id) for order in ORDERS]

    assert all(rows)
    assert WHO not in json.dumps(rows)
    assert PAYMENT.submission is not None
    assert PAYMENT.submission.fingerprint not in json.dumps(rows)
