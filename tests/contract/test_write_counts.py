"""How many AWS calls a step makes: intake is one write, a booking is one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from countinghouse.domain.order import OrderStatus
from countinghouse.domain.posting import GROUP_MAX
from countinghouse.domain.psp import FactKind
from countinghouse.usecases.apply_psp_event import Inbox, apply_psp_event
from countinghouse.usecases.execute_order import ExecuteOrder, Execution, execute_order
from countinghouse.usecases.post_orders import post_orders
from countinghouse_aws.dynamodb.ledger import DynamoJournals, DynamoLedger
from countinghouse_aws.dynamodb.orders import DynamoOrderBook
from countinghouse_aws.dynamodb.payments import DynamoPaymentBook
from countinghouse_aws.dynamodb.psp_events import DynamoPspEventBook
from functions.payments import handler as payments_handler
from functions.payments.wiring import Deps
from functions.webhooks import handler as webhooks_handler
from functions.webhooks.wiring import Deps as WebhookDeps
from tests.builders import DISPUTES, POLICY, TERMS, a_payment, an_event, an_open_checkout, an_order
from tests.contract.tables import Tables
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeGateway
from tests.fakes.lambdas import GRANTS, Edge
from tests.fakes.payouts import FakePayoutBook
from tests.fakes.screening import FakeScreening

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

    from countinghouse.domain.psp import PspEvent

S = OrderStatus
BODY = {
    "checkout_id": "c1",
    "user_info": {"user_id": "u1"},
    "payment_details": {"method": "credit_card", "psp_token": "tok_c1"},
    "currency": "EUR",
    "orders": [{"order_id": "o1", "seller_id": "s1", "amount": 7_000}],
}


@dataclass
class Calls:
    """Every call that left the client: its operation and parameters."""

    made: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def note(self, model: Any, params: dict[str, Any], **_: object) -> None:
        self.made.append((model.name, params))

    @property
    def operations(self) -> list[str]:
        return [name for name, _ in self.made]


@pytest.fixture
def calls(dynamodb: DynamoDBClient, tables: Tables) -> Iterator[Calls]:
    """The calls made from here on; tables are made before anything is counted."""
    for _ in (tables.payments, tables.orders, tables.events, tables.ledger, tables.wallet):
        pass
    calls = Calls()
    dynamodb.meta.events.register("before-call", calls.note)
    yield calls
    dynamodb.meta.events.unregister("before-call", calls.note)


def no_gateway() -> Any:
    raise AssertionError("intake never asks the PSP")


def no_books() -> Any:
    raise AssertionError("intake never reads a trail")


@pytest.fixture
def intake(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> Edge:
    """The payment service over DynamoDB, with an open checkout."""
    DynamoPaymentBook(tables.payments).add(an_open_checkout())
    deps = Deps(
        payments=DynamoPaymentBook(tables.payments),
        clock=FakeClock(),
        policy=POLICY,
        terms=TERMS,
        screening=FakeScreening(),
        quotes=no_books,
        grants=GRANTS,
        registration=no_gateway,
        orders=no_books,
        trail_books=no_books,
        pause=lambda _: None,
    )
    monkeypatch.setattr(payments_handler, "deps", lambda: deps)
    return Edge(payments_handler)


def test_an_accepted_payment_is_one_write_and_no_other_call(intake: Edge, calls: Calls) -> None:
    calls.made.clear()

    answer = intake.post("/v1/payments/event", BODY)

    assert (answer.status, answer.is_replay) == (202, False)
    assert calls.operations == ["UpdateItem"]


def test_a_double_click_is_one_call_too(intake: Edge, calls: Calls) -> None:
    intake.post("/v1/payments/event", BODY)
    calls.made.clear()

    again = intake.post("/v1/payments/event", BODY)

    assert (again.status, again.is_replay) == (202, True)
    assert calls.operations == ["UpdateItem"]


@pytest.mark.parametrize("change", [{"orders": []}, {"currency": "XXX"}, {"extra": 1}])
def test_a_refused_payment_is_no_call(intake: Edge, calls: Calls, change: dict[str, Any]) -> None:
    calls.made.clear()

    assert intake.post("/v1/payments/event", {**BODY, **change}).status == 422
    assert calls.operations == []


def test_an_order_is_begun_by_one_read_and_two_writes(tables: Tables, calls: Calls) -> None:
    payments, orders = DynamoPaymentBook(tables.payments), DynamoOrderBook(tables.orders)
    payments.add(a_payment())
    gateway = FakeGateway().will("charge", FactKind.CAPTURED)
    calls.made.clear()

    ports = Execution(orders, payments, gateway, FakeClock(), POLICY)
    assert execute_order(ExecuteOrder("o1", "c1"), ports) is S.CAPTURED

    assert calls.operations == ["GetItem", "PutItem", "UpdateItem"]


class OneEvent:
    """A source whose every body is the same event."""

    def __init__(self, event: PspEvent) -> None:
        self.event = event

    def verify(self, *_: object) -> None:
        """Every signature fits."""

    def parse(self, *_: object) -> tuple[PspEvent, ...]:
        return (self.event,)


def test_a_webhook_is_one_put_whether_new_or_known(
    tables: Tables, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = DynamoPspEventBook(tables.events, lambda: tables.orders, lambda: tables.payouts)
    source = OneEvent(an_event(an_order(), FactKind.CAPTURED))
    deps = WebhookDeps(events, {"sandbox": source}, FakeClock())
    monkeypatch.setattr(webhooks_handler, "deps", lambda: deps)
    edge = Edge(webhooks_handler, role="")
    calls.made.clear()

    for _ in range(2):
        assert edge.post("/v1/webhooks/{psp}", b"{}", path={"psp": "sandbox"}).status == 200

    assert calls.operations == ["PutItem", "PutItem"]


def test_an_event_and_its_order_are_one_transaction(tables: Tables, calls: Calls) -> None:
    orders = DynamoOrderBook(tables.orders)
    events = DynamoPspEventBook(tables.events, lambda: tables.orders, lambda: tables.payouts)
    orders.add(an_order())
    event = an_event(an_order(), FactKind.CAPTURED)
    events.add(event)
    calls.made.clear()

    apply_psp_event(
        event.event_key,
        Inbox(events, orders, FakeGateway(), FakeClock(), POLICY, DISPUTES, FakePayoutBook()),
    )

    assert calls.operations == ["GetItem", "GetItem", "TransactWriteItems"]
    assert items_of(calls.made[-1]) == ["Update", "Update"]


def items_of(call: tuple[str, dict[str, Any]]) -> list[str]:
    """The kinds of a transaction's items, read from the request as it went out."""
    body = json.loads(call[1]["body"])
    return [next(iter(item)) for item in body["TransactItems"]]


@pytest.mark.parametrize(("orders_", "items"), [(1, 2), (2, 3), (GROUP_MAX, GROUP_MAX + 1)])
def test_captures_of_one_wallet_are_one_transaction(
    tables: Tables, calls: Calls, orders_: int, items: int
) -> None:
    orders = DynamoOrderBook(tables.orders)
    ledger = DynamoLedger(tables.ledger, tables.wallet)
    ids = [f"o{n}" for n in range(orders_)]
    for order_id in ids:
        orders.add(an_order(S.CAPTURED, order_id))
    calls.made.clear()

    assert post_orders(ids, orders, ledger, DynamoJournals(tables.ledger), FakeClock()) == {}

    assert calls.operations == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]
    assert items_of(calls.made[-1]) == ["Put"] * items


def test_journals_are_only_ever_put(tables: Tables, calls: Calls) -> None:
    orders = DynamoOrderBook(tables.orders)
    ledger = DynamoLedger(tables.ledger, tables.wallet)
    orders.add(an_order(S.CAPTURED))
    for _ in range(2):
        post_orders(["o1"], orders, ledger, DynamoJournals(tables.ledger), FakeClock())

    writes = {name for name, params in calls.made if tables.ledger.name in str(params["body"])}
    assert writes <= {"TransactWriteItems", "BatchGetItem"}
