import io
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import ValidationError

from countinghouse.domain.breaks import BreakStatus
from countinghouse.domain.difference import Sides
from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import HOUR
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.reconciliation import RunStatus
from countinghouse.messages import Queue
from countinghouse.ports.lakehouse import Fact, Residual
from functions.reconciliation_steps import handler, schema, wiring
from tests.breaks import a_break, a_difference
from tests.builders import an_order
from tests.fakes.lambdas import FakeContext
from tests.reconciling import Reconciling
from tests.runs import DAY, NIGHT, PSP, a_file, a_run, a_statement, a_total

RUN = {"psp": PSP, "date": DAY, "execution": "e1"}
PREFIX = f"reconciliations/{PSP}/{DAY}/e1"
LATE = a_difference(Sides.THEIRS, order_id="o2", day=DAY)


@dataclass
class Office:
    house: Reconciling = field(default_factory=Reconciling)

    def run(self, step: str, run: dict[str, Any] = RUN, **more: Any) -> dict[str, Any]:
        """One task; in and out it is JSON."""
        event = json.loads(json.dumps({"step": step, "run": run, **more}))
        answer: dict[str, Any] = json.loads(
            json.dumps(handler.lambda_handler(event, FakeContext()))
        )
        return answer

    def look(self, run: dict[str, Any] = RUN) -> dict[str, Any]:
        """A pass over the differences; what its last step answered."""
        asked = self.run("query", run, query="match")
        listed = self.run("chunk", run, query_id=asked["query_id"])
        portions = json.loads(self.house.documents.read(listed["key"]) or b"")
        for portion in portions:
            self.run("judge", run, began_at=asked["began_at"], portion=portion)
        self.run("close", run, began_at=asked["began_at"])
        return self.run("repair", run)

    def explain(self, run: dict[str, Any] = RUN) -> dict[str, Any]:
        asked = self.run("query", run, query="residuals")
        return self.run("explain", run, query_id=asked["query_id"])


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    office = Office()
    office.house.runs.add(a_run(execution="e1"))
    ports = office.house.deps(wiring)
    monkeypatch.setattr(handler, "deps", lambda: ports)
    return office


def test_a_day_step_by_step(office: Office) -> None:
    office.house.files.put(a_file(totals=(a_total(),), counts={"capture": 3}))
    office.house.files.put(a_statement())
    office.house.lake.found = [a_difference(their_amount=6_500, day=DAY)]
    office.house.lake.left = [Residual(Fact.BALANCE, "EUR", "", "", 1, 500)]

    repaired = office.look()
    settled = office.run("settle")
    explained = office.explain()
    reported = office.run("report")

    state = {**RUN, "number": 1, "looked": 0}
    assert repaired == {"run": state, "again": False}
    assert settled == {"journals": 1}
    assert explained == {"run": {**state, "looked": 1}, "current": True}
    assert (reported["run_id"], reported["status"]) == ("rec_sandbox_20261122", "completed")
    assert (reported["counts"]["matched"], reported["counts"]["open"]) == (2, 1)
    verdict = "psp_receivable:sandbox is explained to the minor unit and the books sum to zero."
    assert reported["notice"].splitlines()[0] == verdict
    assert reported["subject"] == "Reconciliation sandbox 2026-11-22: agrees, 1 open"
    reports = {key for key in office.house.documents.versions if "/report." in key}
    assert reports == {f"{PREFIX}/report.{name}" for name in ("json", "csv", "html")}
    # Asked for again, it is the same.
    assert office.run("report") == reported


def test_queries_are_started_and_not_waited_for(office: Office) -> None:
    assert office.run("query", query="match") == {"query_id": "query-1", "began_at": NIGHT}
    assert office.run("query", query="residuals") == {"query_id": "query-2", "began_at": NIGHT}


def test_differences_are_laid_out_where_the_workflow_reads_them(office: Office) -> None:
    office.house.lake.found = [LATE]
    query_id = office.run("query", query="match")["query_id"]

    listed = office.run("chunk", query_id=query_id)

    assert listed == {"bucket": "documents", "key": f"{PREFIX}/pass-1/portions.json"}
    (portion,) = json.loads(office.house.documents.read(listed["key"]) or b"")
    assert office.run("judge", began_at=NIGHT, portion=portion) == {"portion": portion}
    (brk,) = office.house.breaks.rows.values()
    assert brk.seen_in == "e1#1"


def test_the_caller_hears_how_many_were_matched(office: Office) -> None:
    office.house.breaks.put(a_break(day=DAY))
    asked = office.run("query", query="match")
    office.run("chunk", query_id=asked["query_id"])

    assert office.run("close", began_at=asked["began_at"]) == {"matched": 1}
    assert office.house.breaks.rows[a_break().break_id].status is BreakStatus.MATCHED


def test_after_a_repair_it_is_looked_at_again_as_often_as_the_stage_allows(office: Office) -> None:
    office.house.orders.put(an_order(OrderStatus.SENT, order_id="o2"))
    office.house.lake.found = [LATE]

    first = office.look()
    second = office.look(first["run"])

    assert first == {"run": {**RUN, "number": 2, "looked": 0}, "again": True}
    assert second == {"run": first["run"], "again": False}
    asked = [{"order_id": "o2", "checkout_id": "c1"}]
    assert office.house.outbox.bodies(Queue.ORDERS) == asked * 2


def test_what_is_not_explained_is_looked_at_again_and_then_told_of(
    office: Office, logs: io.StringIO
) -> None:
    office.house.lake.left = [Residual(Fact.BALANCE, "EUR", "", "", 1, 7)]

    first = office.explain()
    second = office.explain(first["run"])
    assert "not explained" not in logs.getvalue()
    third = office.explain(second["run"])

    assert [one["current"] for one in (first, second, third)] == [False, False, True]
    assert third["run"]["looked"] == 3
    (line,) = [json.loads(one) for one in logs.getvalue().splitlines() if "not explained" in one]
    assert (line["level"], line["unexplained"]) == ("ERROR", {"EUR": 7})


def test_a_failure_is_recorded_once(office: Office) -> None:
    office.house.clock.advance(HOUR)

    assert office.run("fail", error="Unavailable") == {"status": "failed"}
    assert office.run("fail", error="Timeout") == {"status": "failed"}

    run = office.house.runs.get(PSP, DAY)
    assert run is not None
    assert (run.status, run.failure, run.finished_at) == (
        RunStatus.FAILED,
        "Unavailable",
        NIGHT + HOUR,
    )


TASKS: list[dict[str, Any]] = [
    {"step": "query", "query": "match"},
    {"step": "query", "query": "residuals"},
    {"step": "chunk", "query_id": "query-1"},
    {"step": "judge", "began_at": NIGHT, "portion": "pass-1/portion-000001.json"},
    {"step": "close", "began_at": NIGHT},
    {"step": "repair"},
    {"step": "settle"},
    {"step": "explain", "query_id": "query-1"},
    {"step": "report"},
    {"step": "fail", "error": "Timeout"},
]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: str(task["step"]))
@pytest.mark.parametrize("run", [{**RUN, "execution": "e2"}, {**RUN, "date": "2026-11-21"}])
def test_an_execution_that_does_not_carry_the_run_does_nothing(
    office: Office, task: dict[str, Any], run: dict[str, Any]
) -> None:
    office.house.files.put(a_file(totals=(a_total(),)))
    office.house.files.put(a_statement())

    with pytest.raises(Conflict):
        office.run(run=run, **task)

    assert office.house.runs.get(PSP, DAY) == a_run(execution="e1")
    assert (office.house.lake.started, office.house.documents.versions) == ({}, {})
    assert (office.house.ledger.linked, office.house.breaks.rows) == ({}, {})


@pytest.mark.parametrize("task", TASKS, ids=lambda task: str(task["step"]))
@pytest.mark.parametrize("change", ["more", "less", "run"])
def test_a_task_that_is_not_understood_is_refused(
    office: Office, task: dict[str, Any], change: str
) -> None:
    event = {"run": RUN, **task}
    if change == "more":
        event["psp"] = PSP
    elif change == "less":
        del event[next(reversed(event))]
    else:
        event["run"] = {**RUN, "psp": "Sandbox"}
    with pytest.raises(ValidationError):
        handler.lambda_handler(event, FakeContext())
    assert office.house.runs.get(PSP, DAY) == a_run(execution="e1")


def test_every_step_has_its_handler() -> None:
    steps = {schema.TASK.validate_python({"run": RUN, **task}).__class__ for task in TASKS}

    assert steps == handler.STEPS.keys()
