import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from countinghouse.domain.instants import start_of_day
from countinghouse.usecases.bill_seller import Billing, bill_seller
from countinghouse.usecases.read_statement import Shelf
from functions.billing import handler
from functions.billing.wiring import Deps
from tests.fakes.billing import (
    FakeBillRegister,
    FakeCloseBook,
    FakeCloseWorkflow,
    FakeDocumentStore,
)
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import GRANTS, Edge, Response
from tests.months import Story

STATEMENT = "/v1/sellers/{seller_id}/statements/{month}"
CLOSES = "/v1/billing/closes"
SEPT = "2026-09"
OCT_3 = start_of_day("2026-10-03")
PDF = b"%PDF \xff\x00"


@dataclass
class Desk:
    """A seller with one order in September, and the API over it."""

    story: Story = field(default_factory=Story)
    closes: FakeCloseBook = field(default_factory=FakeCloseBook)
    register: FakeBillRegister = field(default_factory=FakeBillRegister)
    documents: FakeDocumentStore = field(default_factory=FakeDocumentStore)
    workflow: FakeCloseWorkflow = field(default_factory=FakeCloseWorkflow)
    clock: FakeClock = field(default_factory=lambda: FakeClock(OCT_3))
    early: bool = False
    edge: Edge = field(default_factory=lambda: Edge(handler, role="finance"))

    def __post_init__(self) -> None:
        self.story.capture("o1")
        self.story.release("o1")

    def deps(self) -> Deps:
        ledger = self.story.ledger
        shelf = Shelf(self.closes, self.register, self.documents, ledger, ledger)
        return Deps(shelf, self.workflow, self.clock, self.early, GRANTS)

    def close_and_bill(self) -> None:
        self.story.go_to("2026-10-03").close(SEPT)
        self.closes.kept = self.story.closes
        ledger = self.story.ledger
        bill_seller(
            "s1",
            SEPT,
            Billing(
                ledger,
                ledger,
                self.closes,
                self.register,
                self.documents,
                self.clock,
                "P",
                0,
                FakeOrderBook(),
            ),
        )
        key = f"statements/s1/{SEPT}/EUR/statement.pdf"
        self.documents.write(key, PDF, "application/pdf")

    def statement(self, month: str = SEPT, **query: str) -> Response:
        path = {"seller_id": "s1", "month": month}
        return self.edge.get(STATEMENT, path=path, query=query or None)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_an_open_month_is_shown_as_preliminary(desk: Desk) -> None:
    answer = desk.statement()

    assert (answer.status, answer.body["status"]) == (200, "preliminary")
    assert answer.body["statements"][0]["fee"] == 100


def test_a_closed_month_is_shown_as_it_was_stored(desk: Desk) -> None:
    desk.close_and_bill()

    answer = desk.statement(format="json", currency="EUR")

    assert answer.body["status"] == "closed"
    stored = desk.documents.read(f"statements/s1/{SEPT}/EUR/statement.json") or b""
    assert stored.rstrip(b"\n").decode() in answer.text
    assert answer.body["statements"][0]["documents"][0]["number"] == "s1-000001"


def test_a_table_comes_as_text(desk: Desk) -> None:
    desk.close_and_bill()

    answer = desk.statement(format="csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="statement-2026-09.csv"'
    assert answer.content == desk.documents.read(f"statements/s1/{SEPT}/EUR/statement.csv")


def test_a_pdf_comes_byte_for_byte(desk: Desk) -> None:
    desk.close_and_bill()

    answer = desk.statement(format="pdf")

    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content == PDF
    assert answer.text != PDF.decode(errors="replace"), "API Gateway takes bytes as base64"


def test_an_open_month_has_no_pdf(desk: Desk) -> None:
    answer = desk.statement(format="pdf")

    assert (answer.status, answer.code) == (409, "not_closed")


@pytest.mark.parametrize("month", ["2026-13", "2026", "september"])
def test_what_is_no_month_is_refused(desk: Desk, month: str) -> None:
    for answer in (
        desk.statement(month),
        desk.edge.get(CLOSES + "/{month}", path={"month": month}),
    ):
        assert (answer.status, answer.fields) == (422, ["month"])


@pytest.mark.parametrize("query", [{"format": "xml"}, {"currency": "eur"}, {"curency": "EUR"}])
def test_a_bad_query_is_refused(desk: Desk, query: dict[str, str]) -> None:
    assert desk.statement(**query).status == 422


def test_a_close_is_started_and_not_carried_out_here(desk: Desk) -> None:
    answer = desk.edge.post(CLOSES, {"month": SEPT})

    assert (answer.status, answer.body) == (202, {"month": SEPT, "status": "closing"})
    assert list(desk.workflow.runs.values()) == [SEPT]
    assert desk.closes.kept.months == ()


def test_a_month_that_has_not_ended_is_not_closed(desk: Desk) -> None:
    answer = desk.edge.post(CLOSES, {"month": "2026-10"})

    assert (answer.status, answer.code) == (409, "month_not_ended")
    assert desk.workflow.runs == {}


def test_where_early_closing_is_allowed_it_is(desk: Desk) -> None:
    desk.early = True

    assert desk.edge.post(CLOSES, {"month": "2026-10"}).status == 202


def test_months_are_closed_in_order(desk: Desk) -> None:
    desk.close_and_bill()

    answer = desk.edge.post(CLOSES, {"month": "2026-07"})

    assert (answer.status, answer.code) == (409, "close_out_of_order")


@pytest.mark.parametrize("body", [{}, {"month": "2026-1"}, {"month": 202611}, {"mont": SEPT}])
def test_a_bad_body_is_refused(desk: Desk, body: dict[str, Any]) -> None:
    assert desk.edge.post(CLOSES, body).code == "validation_failed"
    assert desk.workflow.runs == {}


def test_a_close_can_be_followed(desk: Desk) -> None:
    def status() -> dict[str, Any]:
        return desk.edge.get(f"{CLOSES}/{{month}}", path={"month": SEPT}).body

    assert status() == {"month": SEPT, "status": "open"}
    desk.close_and_bill()
    assert status()["status"] == "closing"

    pack: dict[str, Any] = {"month": SEPT, "closed_at": "x", "trial_balance": {}, "clearing": {}}
    pack |= {"fees": [], "unreadable": []}
    report = {"month": SEPT, "sellers": 1, "unbilled": []}
    for name, content in (("pack", pack), ("report", report)):
        stored = json.dumps(content).encode()
        desk.documents.write(f"closes/{SEPT}/{name}.json", stored, "application/json")

    assert (status()["status"], status()["pack"], status()["report"]) == ("closed", pack, report)


@pytest.mark.parametrize("route", handler.ROUTES, ids=lambda route: route.key)
@pytest.mark.parametrize("role", [arn.rpartition("/")[2] for arn in GRANTS])
def test_only_the_routes_roles_may_call_it(desk: Desk, route: Any, role: str) -> None:
    path = {"seller_id": "s1", "month": SEPT}
    answer = desk.edge.call(route.key, {"month": SEPT}, path=path, role=role)

    assert (answer.status == 403) == (role not in route.roles)
