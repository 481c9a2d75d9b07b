import io
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import ValidationError

from countinghouse.domain.errors import Conflict, Invalid, Unavailable
from countinghouse.domain.reconciliation import FileStatus, RunStatus
from countinghouse.ports.settlement_source import SourceFile
from functions.settlement_files import handler, wiring
from tests.fakes.lambdas import FakeContext
from tests.hostile_files import BANK_HEADER, HOSTILE, file_of
from tests.reconciling import Reconciling
from tests.runs import DAY, NIGHT, PSP, a_run

STARTED_AT = "2026-11-23T03:00:00.123Z"
SETTLEMENT = SourceFile("settlement.csv", "settlement", DAY, "sandbox")
STATEMENT = SourceFile("bank.csv", "bank", DAY, "sandbox_bank")
ARRIVED = file_of(f"{PSP},{DAY},1,settlement,7,EUR,4508", header=BANK_HEADER)


@dataclass
class Office:
    house: Reconciling = field(default_factory=Reconciling)

    def run(self, step: str, **more: Any) -> dict[str, Any]:
        """One task; in and out it is JSON."""
        event = json.loads(json.dumps({"step": step, **more}))
        answer: dict[str, Any] = json.loads(
            json.dumps(handler.lambda_handler(event, FakeContext()))
        )
        return answer

    def begin(self, **more: Any) -> dict[str, Any]:
        given = {"psp": PSP, "date": DAY, "execution": "e1", "started_at": STARTED_AT}
        return self.run("begin", **{k: v for k, v in (given | more).items() if v is not None})

    def take_in(self, content: bytes) -> dict[str, Any]:
        self.house.source.publish(SETTLEMENT, content)
        (file,) = self.run("fetch", run=self.begin()["run"])["files"]
        return self.run("normalise", file=file)


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    office = Office()
    ports = office.house.deps(wiring)
    monkeypatch.setattr(handler, "deps", lambda: ports)
    return office


def test_a_day_is_begun_fetched_and_read(office: Office) -> None:
    office.house.source.publish(SETTLEMENT, HOSTILE["good"].content)
    office.house.source.publish(STATEMENT, ARRIVED)

    begun = office.begin()
    fetched = office.run("fetch", run=begun["run"])
    read = [office.run("normalise", file=file) for file in fetched["files"]]

    state = {"psp": PSP, "date": DAY, "execution": "e1", "number": 1}
    assert begun == {"carried": True, "run": state}
    assert [file["kind"] for file in fetched["files"]] == ["settlement", "bank"]
    assert [(one["status"], one["lines"], one["rejected"]) for one in read] == [
        ("accepted", 9, 0),
        ("accepted", 1, 0),
    ]
    bank, settlement = office.house.files.of_days(PSP, DAY, DAY)
    assert [settlement.file_id, bank.file_id] == [one["file_id"] for one in read]
    assert bank.arrived == {"7|EUR": 4_508}
    assert sum(map(len, office.house.store.settlement_lines.values())) == 9


def test_by_the_clock_the_day_before_is_begun(office: Office) -> None:
    begun = office.begin(date=None)

    assert begun["run"]["date"] == DAY
    assert office.house.runs.get(PSP, DAY) == a_run(
        execution="e1", requested_by="schedule", started_at=NIGHT
    )
    assert office.begin(date=None) == begun


def test_a_run_that_another_execution_carries_is_left_to_it(office: Office) -> None:
    office.begin()

    assert office.begin(execution="e2") == {"carried": False, "run": None}


@pytest.mark.parametrize("changes", [{"date": "2026-02-30"}, {"psp": "a__b"}])
def test_what_is_no_day_or_psp_is_refused(office: Office, changes: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        office.begin(**changes)
    assert office.house.runs.rows == {}


def test_an_execution_that_lost_its_run_fetches_nothing(office: Office) -> None:
    run = office.begin()["run"]
    office.house.runs.rows[PSP, DAY] = a_run(execution="e2", version=2)
    office.house.source.publish(SETTLEMENT, HOSTILE["good"].content)

    with pytest.raises(Conflict):
        office.run("fetch", run=run)
    with pytest.raises(Conflict):
        office.run("fetch", run={**run, "date": "2026-11-21"})
    assert office.house.source.reads == []


def test_a_psp_that_is_down_fails_the_task(office: Office) -> None:
    run = office.begin()["run"]
    office.house.source.is_down = True

    with pytest.raises(Unavailable):
        office.run("fetch", run=run)


def test_a_file_that_cannot_be_taken_whole_is_answered_as_stopped(office: Office) -> None:
    answer = office.take_in(HOSTILE["a formula"].content)

    assert (answer["status"], answer["lines"], answer["rejected"]) == ("stopped", 9, 1)
    (record,) = office.house.files.of_days(PSP, DAY, DAY)
    assert record.status is FileStatus.STOPPED


def test_nothing_of_a_file_is_logged(office: Office, logs: io.StringIO) -> None:
    office.take_in(HOSTILE["a formula"].content)

    assert "file taken in" in logs.getvalue()
    assert not any(text in logs.getvalue() for text in ("cmd", "ord_1", "ch_1", "6877"))


def test_the_contract_is_that_of_the_psp(office: Office) -> None:
    office.take_in(HOSTILE["good"].content)

    (record,) = office.house.files.of_days(PSP, DAY, DAY)
    euros, dollars = record.totals
    # 14 per mille and 25 of 70.00 and 10.00, and the batch's own 30; then of 20.00.
    assert (euros.expected_fee, dollars.expected_fee) == (123 + 39 + 30, 53)


def test_a_file_read_again_is_answered_as_before(office: Office) -> None:
    first = office.take_in(HOSTILE["good"].content)

    assert office.take_in(HOSTILE["good"].content) == first
    assert office.house.runs.rows[PSP, DAY].status is RunStatus.RUNNING


FILE = {
    "psp": PSP,
    "day": DAY,
    "kind": "settlement",
    "name": "x.csv",
    "layout": "",
    "key": "k",
    "file_id": "f",
}
RUN = {"psp": PSP, "date": DAY, "execution": "e1"}


@pytest.mark.parametrize(
    "task",
    [
        {},
        {"step": "forget"},
        {"step": "begin", "psp": PSP, "execution": "e1"},
        {"step": "begin", "psp": "A", "execution": "e1", "started_at": STARTED_AT},
        {"step": "begin", "psp": PSP, "date": "today", "execution": "e", "started_at": STARTED_AT},
        {"step": "fetch"},
        {"step": "fetch", "run": {**RUN, "day": DAY}},
        {"step": "normalise", "file": {**FILE, "kind": "invoice"}},
        {"step": "normalise", "file": {k: v for k, v in FILE.items() if k != "file_id"}},
    ],
)
def test_a_task_that_is_not_understood_is_refused(office: Office, task: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        handler.lambda_handler(task, FakeContext())
    assert (office.house.runs.rows, office.house.files.rows) == ({}, {})
