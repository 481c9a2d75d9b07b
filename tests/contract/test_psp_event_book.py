from dataclasses import replace
from typing import NamedTuple

import pytest

from countinghouse.domain.dispute import DisputeStage, DisputeStatus
from countinghouse.domain.errors import Conflict
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.payout import PayoutStatus
from countinghouse.domain.payout_account import PayoutAccount
from countinghouse.domain.psp import (
    EventStatus,
    Fact,
    FactKind,
    PayoutFact,
    PspEvent,
    RefundFact,
    SettlementKind,
)
from countinghouse.ports.books import OrderBook, PspEventBook
from countinghouse.ports.payouts import PayoutAccounts, PayoutBook
from countinghouse_aws.dynamodb.ledger import DynamoLedger
from countinghouse_aws.dynamodb.orders import DynamoOrderBook
from countinghouse_aws.dynamodb.payouts import DynamoPayoutAccounts, DynamoPayoutBook
from countinghouse_aws.dynamodb.psp_events import DynamoPspEventBook
from tests.builders import (
    NOW,
    a_delivered_order,
    a_dispute_fact,
    a_fact,
    an_event,
    an_order,
    disputed,
)
from tests.contract.tables import Tables
from tests.fakes.books import FakePspEventBook
from tests.payouts import a_payout, an_account

S = OrderStatus
K = FactKind
SENT = an_order(S.SENT)
EVENT = an_event(SENT, K.CAPTURED)
APPLIED = replace(EVENT, status=EventStatus.APPLIED, version=2)
CAPTURED = an_order(S.CAPTURED, version=3)


class Books(NamedTuple):
    events: PspEventBook
    orders: OrderBook
    payouts: PayoutBook
    accounts: PayoutAccounts


@pytest.fixture(params=["fake", "dynamo"])
def books(request: pytest.FixtureRequest) -> Books:
    if request.param == "fake":
        events = FakePspEventBook()
        return Books(events, events.orders, events.payouts, events.payouts.accounts)
    tables: Tables = request.getfixturevalue("tables")
    ledger = DynamoLedger(tables.ledger, tables.wallet)
    return Books(
        DynamoPspEventBook(tables.events, lambda: tables.orders, lambda: tables.payouts),
        DynamoOrderBook(tables.orders),
        DynamoPayoutBook(tables.payouts, lambda: ledger),
        DynamoPayoutAccounts(tables.payouts),
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


FACTS: dict[str, Fact] = {
    **{
        f"refund {kind}": RefundFact(kind, "o1:refund:1", "re_1", 3_000, "EUR", NOW, "closed")
        for kind in SettlementKind
    },
    "refund, and no more": RefundFact(SettlementKind.FAILED, "o1:refund:1"),
    **{
        f"dispute {stage} {status}": a_dispute_fact(stage=stage, status=status)
        for stage in DisputeStage
        for status in DisputeStatus
    },
    "dispute without deadline": a_dispute_fact(evidence_due_at=None),
    "payout returned": PayoutFact(
        SettlementKind.FAILED, "po_1", "pay_1", 900, "EUR", NOW, "closed", returned=True
    ),
    "payout, and no more": PayoutFact(SettlementKind.PENDING, "po_1"),
}


@pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS)
def test_every_kind_of_fact_survives(books: Books, fact: Fact) -> None:
    event = replace(EVENT, fact=fact)

    books.events.add(event)

    assert books.events.get(event.event_key) == event


def test_a_dispute_and_its_order_change_together(books: Books) -> None:
    event = replace(EVENT, fact=a_dispute_fact())
    order = a_delivered_order()
    after = disputed(order)
    books.events.add(event)
    books.orders.add(order)

    books.events.apply(event, replace(event, status=EventStatus.APPLIED, version=2), (order, after))

    assert books.orders.get("o1") == after


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


def test_an_event_and_its_payout_change_together_or_not_at_all(books: Books) -> None:
    sent, paid = a_payout(PayoutStatus.IN_TRANSIT), a_payout(PayoutStatus.PAID, version=3)
    books.events.add(EVENT)

    with pytest.raises(Conflict):
        books.events.apply(EVENT, APPLIED, (sent, paid))

    assert books.events.get(EVENT.event_key) == EVENT
    books.payouts.open(sent, _taken(books))

    books.events.apply(EVENT, APPLIED, (sent, paid))

    assert books.payouts.get("po_1") == paid
    assert books.events.get(EVENT.event_key) == APPLIED


def _taken(books: Books) -> tuple[PayoutAccount, PayoutAccount]:
    books.accounts.add(an_account())
    return an_account(), an_account(open_payout="po_1", version=2)


def test_of_many_events_those_that_exist_are_read(books: Books) -> None:
    other = an_event(SENT, K.DECLINED, event_id="evt_2")
    books.events.add(EVENT)
    books.events.add(other)
    many = books.events
    assert isinstance(many, FakePspEventBook | DynamoPspEventBook)

    found = many.get_many([EVENT.event_key, other.event_key, "sandbox#none"])

    assert found == {EVENT.event_key: EVENT, other.event_key: other}
