from dataclasses import replace

import pytest

from countinghouse.bookkeeping import book
from countinghouse.domain.instants import DAY, MINUTE
from countinghouse.domain.market_rules import ReserveRule
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.order_delivery import deliver
from countinghouse.domain.order_journals import order_drafts
from countinghouse.domain.psp import EventStatus, FactKind
from countinghouse.ports.books import OrderBook
from countinghouse.ports.ledger import DueWallets, Ledger
from countinghouse.ports.queues import DueIndex
from countinghouse.usecases.release_reserves import release_reserves
from countinghouse_aws.due_keys import DUE_SHARDS_MAX, QUIET_SHARDS
from countinghouse_aws.dynamodb.ledger import DynamoLedger
from countinghouse_aws.dynamodb.orders import DynamoOrderBook
from countinghouse_aws.dynamodb.payments import DynamoPaymentBook
from countinghouse_aws.dynamodb.psp_events import DynamoPspEventBook
from countinghouse_aws.dynamodb.table import DynamoDueIndex
from countinghouse_aws.dynamodb.wallets import DynamoDueWallets
from tests.builders import NOW, RESERVE, a_delivered_order, a_payment, an_event, an_order
from tests.contract.tables import Tables
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger
from tests.fakes.queues import FakeDueIndex, FakeDueWallets

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
    assert index.due(NOW - 1, 500) == {}


def test_what_its_payment_guards_is_not_looked_for_until_it_changes(books: Books) -> None:
    orders, index = books
    sent = an_order(S.SENT, due_at=NOW, guarded=True)
    orders.add(sent)
    assert (index.due(NOW, 500), orders.get("o1")) == ({}, sent)

    unknown = sent.moved(S.UNKNOWN, NOW, due_at=NOW + 5)
    orders.replace(sent, unknown)

    assert (index.due(NOW + 5, 500), orders.get("o1")) == ({"o1": NOW + 5}, unknown)


def test_what_was_guarded_and_comes_to_rest_was_never_on_the_index(books: Books) -> None:
    orders, index = books
    sent = an_order(S.SENT, due_at=NOW, guarded=True)
    orders.add(sent)

    orders.replace(sent, sent.moved(S.CAPTURED, NOW, due_at=None))

    assert index.due(NOW + DAY, 500) == {}
    assert orders.get("o1") == sent.moved(S.CAPTURED, NOW, due_at=None)


def test_at_most_so_many_are_taken_and_the_rest_comes_later(books: Books) -> None:
    orders, index = books
    for number in range(40):
        orders.add(an_order(order_id=f"o{number}", due_at=NOW + number))

    found = index.due(NOW + 100, 2 * QUIET_SHARDS)

    assert 0 < len(found) <= 2 * QUIET_SHARDS
    assert len(set(found)) == len(found)


def test_a_row_that_comes_to_rest_leaves_the_index(books: Books) -> None:
    orders, index = books
    waiting, done = an_order(due_at=NOW), an_order(S.CAPTURED, version=3)
    orders.add(waiting)
    assert index.due(NOW, 500) == {"o1": NOW}

    orders.replace(waiting, done)

    assert index.due(NOW + 10**9, 500) == {}


def test_a_row_put_off_is_due_later(books: Books) -> None:
    orders, index = books
    waiting = an_order(due_at=NOW)
    later = replace(waiting, due_at=NOW + 1_000, version=3)
    orders.add(waiting)

    orders.replace(waiting, later)

    assert index.due(NOW + 999, 500) == {}
    assert index.due(NOW + 1_000, 500) == {"o1": NOW + 1_000}


def _under(keys: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUE_SHARDS", str(keys))


def test_what_was_due_under_fewer_keys_is_found_under_more(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders, index = DynamoOrderBook(tables.orders), DynamoDueIndex(tables.orders)
    expected = [f"o{n}" for n in range(20)]
    _under(QUIET_SHARDS, monkeypatch)
    for order_id in expected[:10]:
        orders.add(an_order(order_id=order_id, due_at=NOW))
    _under(64, monkeypatch)
    for order_id in expected[10:]:
        orders.add(an_order(order_id=order_id, due_at=NOW))

    assert sorted(index.due(NOW, 500)) == sorted(expected)

    # What is put off or done keeps and leaves its key, whatever the number is by then.
    for order_id in expected:
        waiting = an_order(order_id=order_id, due_at=NOW)
        later = None if order_id in expected[5:15] else NOW + 1
        orders.replace(waiting, replace(waiting, due_at=later, version=3))
    assert index.due(NOW, 500) == {}
    assert sorted(index.due(NOW + 1, 500)) == sorted(expected[:5] + expected[15:])


def test_what_was_due_under_more_keys_is_found_within_an_hour(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders, index = DynamoOrderBook(tables.orders), DynamoDueIndex(tables.orders)
    _under(DUE_SHARDS_MAX, monkeypatch)
    for number in range(12):
        orders.add(an_order(order_id=f"o{number}", due_at=NOW))
    _under(2 * QUIET_SHARDS, monkeypatch)

    looks = [index.due(NOW + minute * MINUTE, 500) for minute in range(62)]

    assert {found for look in looks for found in look} == {f"o{n}" for n in range(12)}
    assert len(looks[0]) < 12


def test_payments_and_events_have_an_index_of_their_own(tables: Tables) -> None:
    DynamoPaymentBook(tables.payments).add(a_payment(due_at=NOW))
    events = DynamoPspEventBook(tables.events, lambda: tables.orders, lambda: tables.payouts)
    event = an_event(an_order(), FactKind.CAPTURED)
    events.add(event)
    assert DynamoDueIndex(tables.events).due(NOW + 10**9, 500) == {}

    events.replace(event, replace(event, status=EventStatus.PARKED, due_at=NOW, version=2))

    assert DynamoDueIndex(tables.payments).due(NOW, 500) == {"c1": NOW}
    assert DynamoDueIndex(tables.events).due(NOW, 500) == {event.event_key: NOW}


Wallets = tuple[Ledger, DueWallets]


@pytest.fixture(params=["fake", "dynamo"])
def wallets(request: pytest.FixtureRequest) -> Wallets:
    if request.param == "fake":
        fake = FakeLedger()
        return fake, FakeDueWallets(fake.wallet_rows)
    tables: Tables = request.getfixturevalue("tables")
    ledger = DynamoLedger(tables.ledger, tables.wallet)
    return ledger, DynamoDueWallets(DynamoDueIndex(tables.wallet, QUIET_SHARDS))


def test_a_wallet_is_due_as_long_as_a_tranche_of_its_reserve_is_free(wallets: Wallets) -> None:
    ledger, due = wallets
    order = a_delivered_order(wallet_shard=3)
    other = a_delivered_order("o2", seller_id="s2", rule=ReserveRule(0, 0))
    for one in (order, other):
        assert book(order_drafts(one, NOW), ledger, FakeLedger()) == {}
    wallet = ledger.wallets([order.wallet])[order.wallet]
    assert wallet.due_at is not None
    clock = FakeClock(wallet.due_at)
    assert due.due_wallets(wallet.due_at - 1, 500) == []
    assert due.due_wallets(wallet.due_at, 500) == [order.wallet]

    assert release_reserves(order.wallet, ledger, clock) == 1

    assert due.due_wallets(wallet.due_at + 10**10, 500) == []


def test_a_later_tranche_keeps_the_wallet_in_the_index(wallets: Wallets) -> None:
    ledger, due = wallets
    first = a_delivered_order()
    later = deliver(an_order(S.CAPTURED, "o2"), NOW + 5 * DAY, NOW + 5 * DAY, RESERVE)
    for one in (first, later):
        book(order_drafts(one, NOW), ledger, FakeLedger())
    free_at = ledger.wallets([first.wallet])[first.wallet].due_at
    assert free_at is not None

    release_reserves(first.wallet, ledger, FakeClock(free_at))

    assert due.due_wallets(free_at + 5 * DAY - 1, 500) == []
    assert due.due_wallets(free_at + 5 * DAY, 500) == [first.wallet]
