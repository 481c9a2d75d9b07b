"""Every sample under `events/` goes through its function: answered in full, and never a bug."""

from __future__ import annotations

import json
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from countinghouse_aws.edge.http import Route
from tests.builders import POLICY
from tests.fakes.books import FakeOrderBook, FakePaymentBook, FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeGateway
from tests.fakes.lambdas import COMMON, FakeContext, failed, read_answer
from tests.fakes.ledger import FakeBalanceBook, FakeLedger
from tests.fakes.queues import FakeDueIndex, FakeOutbox
from tests.sample_events import FOLDER, load_event, sample_names

HTTP = ("payments", "orders", "ledger", "wallet", "webhooks", "health")
QUEUES = ("order_execution", "payment_progress", "psp_events", "posting")
SCHEDULES = ("repair", "rollup", "audit")
FUNCTIONS = (*HTTP, *QUEUES, *SCHEDULES, "relay")


def names(functions: tuple[str, ...]) -> list[Any]:
    found = [pytest.param(name, id=name) for each in functions for name in sample_names(each)]
    return found or [pytest.param("", marks=pytest.mark.skip(reason="no samples yet"))]


class AnyRole(dict[str, list[str]]):
    """Grants everybody every role: who may call is tested elsewhere."""

    def __init__(self) -> None:
        super().__init__({"*": ["checkout", "fulfilment", "finance", "support", "operator"]})


def ports() -> Any:
    """One bag of empty fakes under every name that any function's ports have."""
    payments, orders, ledger = FakePaymentBook(), FakeOrderBook(), FakeLedger()
    events = FakePspEventBook(orders)
    psp = FakeGateway()
    bag = SimpleNamespace(
        payments=payments,
        orders=orders,
        events=events,
        ledger=ledger,
        journals=ledger,
        wallets=ledger,
        balances=FakeBalanceBook(),
        outbox=FakeOutbox(),
        clock=FakeClock(),
        policy=POLICY,
        grants=AnyRole(),
        gateway=lambda: psp,
        pause=lambda _: None,
        sources={},
        decoders={},
        publish=lambda _: None,
        poison=lambda _: None,
        version="1",
        stage="test",
        due_payments=FakeDueIndex(payments.rows),
        due_orders=FakeDueIndex(orders.rows),
        due_events=FakeDueIndex(events.rows),
        psp_timeout_ms=5_000,
        workers=1,
    )
    bag.execution = lambda: SimpleNamespace(**{**vars(bag), "gateway": psp})
    return bag


def run(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, dict[str, Any], Any]:
    """The function's answer to a sample, the sample, and the function."""
    function = name.partition("/")[0]
    handler = import_module(f"functions.{function}.handler")
    bag = ports()
    inbox = SimpleNamespace(**{**vars(bag), "gateway": FakeGateway()})
    deps = (lambda: lambda: inbox) if function == "psp_events" else (lambda: bag)
    monkeypatch.setattr(handler, "deps", deps)
    event = load_event(name)
    return handler.lambda_handler(event, FakeContext()), event, handler


@pytest.mark.parametrize("name", names(HTTP))
def test_a_sample_request_is_answered(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, event, handler = run(name, monkeypatch)

    response = read_answer(answer)
    routes: dict[str, Route] = {route.key: route for route in handler.ROUTES}
    assert event["routeKey"] in routes, "a sample of a route that is gone"
    assert response.status in COMMON | routes[event["routeKey"]].answers.keys()
    assert response.status != 500


@pytest.mark.parametrize("name", names(QUEUES))
def test_a_sample_batch_is_answered_message_by_message(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, event, _ = run(name, monkeypatch)

    known = {record["messageId"] for record in event["Records"]}
    assert set(failed(answer)) <= known
    if name.endswith("malformed"):
        assert failed(answer)


@pytest.mark.parametrize("name", names(SCHEDULES))
def test_a_sample_tick_is_answered(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, _, _ = run(name, monkeypatch)

    json.dumps(answer)


@pytest.mark.parametrize("name", names(("relay",)))
def test_a_sample_batch_of_changes_is_never_lost(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, _, _ = run(name, monkeypatch)

    assert failed(answer) == [], "what cannot be routed is set aside, the stream moves on"


def test_no_sample_is_of_a_function_that_is_gone() -> None:
    folders = (
        {path.name for path in FOLDER.iterdir() if path.is_dir()} if FOLDER.exists() else set()
    )

    assert folders <= {*FUNCTIONS, "published"}
