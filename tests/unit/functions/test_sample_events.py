"""Every sample under `events/` goes through its function: answered in full, and never a bug."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from countinghouse.domain.errors import CountinghouseError
from countinghouse.domain.market_rules import ReserveRules
from countinghouse.usecases.open_session import Registration
from countinghouse.usecases.revalue_positions import Revaluing
from countinghouse_aws.edge.access import ROLES
from countinghouse_aws.system.fx_rules import load_fx_rules
from tests.builders import POLICY, RESERVE, TERMS
from tests.fakes.analytics import FakeReportDesk
from tests.fakes.audit import FakeFindingBook, FakeSealBook
from tests.fakes.billing import (
    FakeBillRegister,
    FakeCloseBook,
    FakeCloseWorkflow,
    FakeDocumentStore,
)
from tests.fakes.books import FakeOrderBook, FakePaymentBook, FakePspEventBook
from tests.fakes.buyers import forgetting, naming
from tests.fakes.clock import FakeClock
from tests.fakes.fx import FakeQuoteBook, FakeReferenceRates
from tests.fakes.gateway import FakeGateway, FakeRefundGateway
from tests.fakes.lambdas import COMMON, FakeContext, answers_of, failed, read_answer
from tests.fakes.ledger import FakeBalanceBook, FakeLedger
from tests.fakes.payouts import FakePayoutAccounts, FakePayoutRuns, FakeWorkflows
from tests.fakes.proposals import FakeProposalBook, an_adjusting
from tests.fakes.psp_health import FakeBreakerBook
from tests.fakes.queues import FakeDueIndex, FakeDueWallets, FakeOutbox
from tests.fakes.screening import FakeScreening
from tests.payouts import House
from tests.psp_worlds import Able, a_routing
from tests.reconciling import Reconciling
from tests.sample_events import FOLDER, load_event, sample_names
from tests.unit.events.books import DEPS, Books

HTTP = (
    "payments",
    "orders",
    "fulfilment",
    "ledger",
    "wallet",
    "proposals",
    "privacy",
    "payouts",
    "billing",
    "analytics",
    "fx",
    "reconciliation",
    "findings",
    "psps",
    "webhooks",
    "health",
)
QUEUES = (
    "order_execution",
    "order_aftercare",
    "payment_progress",
    "payout_events",
    "psp_events",
    "posting",
)
AHEAD = ("order_execution", "payment_progress", "psp_events")
"""They lay what a batch has read over their ports, and so have to be given real ones."""
SCHEDULES = ("repair", "rollup", "audit")
RECONCILING = ("settlement_files", "reconciliation_steps")
TASKS = ("billing_steps", "billing_pdf", "payout_steps", *RECONCILING)
STREAMS = ("relay", "lake")
FUNCTIONS = (*HTTP, *QUEUES, *SCHEDULES, *TASKS, *STREAMS, "lake_days", "audit_events")


def names(functions: tuple[str, ...]) -> list[Any]:
    found = [pytest.param(name, id=name) for each in functions for name in sample_names(each)]
    return found or [pytest.param("", marks=pytest.mark.skip(reason="no samples yet"))]


class AnyRole(dict[str, list[str]]):
    """Grants everybody every role: who may call is tested elsewhere."""

    def __init__(self) -> None:
        super().__init__({"*": list(ROLES)})


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
        terms=TERMS,
        screening=FakeScreening(),
        quotes=FakeQuoteBook(),
        rates=FakeReferenceRates(),
        fx_rules=load_fx_rules(),
        reserves=ReserveRules(RESERVE, {}),
        grants=AnyRole(),
        gateway=lambda: psp,
        registration=lambda: Registration(payments, lambda _: psp, a_routing(), FakeClock()),
        psps={"sandbox": Able()},
        breakers=FakeBreakerBook(),
        pause=lambda _: None,
        sources={},
        decoders={},
        publish=lambda _: None,
        poison=lambda _: None,
        put=lambda _: None,
        version="1",
        stage="test",
        due_payments=FakeDueIndex(payments.rows),
        due_orders=FakeDueIndex(orders.rows),
        due_events=FakeDueIndex(events.rows),
        due_wallets=FakeDueWallets(ledger.wallet_rows),
        psp_timeout_ms=5_000,
        workers=1,
        closes=FakeCloseBook(),
        register=FakeBillRegister(),
        documents=FakeDocumentStore(),
        workflow=FakeCloseWorkflow(),
        early=True,
        settle=0,
        issuer="The Platform",
        bucket="documents",
        render=lambda _: b"%PDF",
        desk=FakeReportDesk(),
    )
    bag.findings, bag.seals, bag.copies, bag.lake = (
        FakeFindingBook(),
        FakeSealBook(),
        bag.documents,
        None,
    )
    bag.shelf = bag.billing = bag.sealing = bag
    house = House(ledger=ledger)
    bag.books, bag.opening, bag.rules = house.books, house.opening, house.rules
    bag.payouts, bag.due_payouts = house.payouts, FakeDueIndex(house.payouts.rows)
    bag.advancing = lambda: house.advancing
    bag.workflows, bag.runs = FakeWorkflows(), FakePayoutRuns()
    bag.accounts, bag.payout_rules = lambda: house.accounts, lambda: house.rules
    bag.payout_gateway = house.gateway
    scans = (ledger, ledger, ledger)
    bag.revaluing = lambda: Revaluing(*scans, bag.rates, bag.fx_rules, bag.clock)
    bag.tending = lambda: SimpleNamespace(**{**vars(bag), "gateway": FakeRefundGateway()})
    bag.trail_books = lambda: bag
    bag.proposals = FakeProposalBook(ledger)
    bag.naming, bag.forgetting = lambda: naming(ledger), forgetting(ledger)
    bag.seller_accounts = FakePayoutAccounts()
    bag.adjusting = lambda: an_adjusting(bag.proposals)
    return bag


def run(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, dict[str, Any], Any]:
    """The function's answer to a sample, the sample, and the function."""
    function = name.partition("/")[0]
    handler = import_module(f"functions.{function}.handler")
    bag = ports()
    if function == "payouts":
        bag.bank_accounts, bag.psps = lambda _: bag.payout_gateway, ("sandbox",)
    deps: Callable[[], Any] = lambda: bag  # noqa: E731
    if function in AHEAD:
        ahead = DEPS[function](Books())
        deps = lambda: ahead  # noqa: E731
    if function in ("reconciliation", *RECONCILING):
        wired = Reconciling(grants=AnyRole()).deps(import_module(f"functions.{function}.wiring"))
        deps = lambda: wired  # noqa: E731
    monkeypatch.setattr(handler, "deps", deps)
    event = load_event(name)
    return handler.lambda_handler(event, FakeContext()), event, handler


@pytest.mark.parametrize("name", names(HTTP))
def test_a_sample_request_is_answered(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, event, handler = run(name, monkeypatch)

    response = read_answer(answer)
    answers = answers_of(handler)
    assert event["routeKey"] in answers, "a sample of a route that is gone"
    assert response.status in COMMON | answers[event["routeKey"]].keys()
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


@pytest.mark.parametrize("name", names(TASKS))
def test_a_sample_task_is_answered_or_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name.endswith("malformed"):
        with pytest.raises(ValidationError):
            run(name, monkeypatch)
        return
    with suppress(CountinghouseError):
        json.dumps(run(name, monkeypatch)[0])


@pytest.mark.parametrize("name", names(STREAMS))
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
