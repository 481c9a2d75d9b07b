"""Reports are asked for and picked up: the fake, and the emulator's Athena over a lake's files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from countinghouse.domain.analytics import (
    COLUMNS,
    ROWS_MAX,
    Question,
    Report,
    ReportState,
    Table,
)
from countinghouse.ports.analytics import ReportDesk
from countinghouse_aws.lakehouse.report_desk import AthenaReportDesk
from tests.emulated_athena import BUCKET, DATABASE, WORKGROUP, EmulatedAthena, EmulatedS3, emulated
from tests.fakes.analytics import FakeReportDesk
from tests.lakes import DuckLake, Row
from tests.report_worlds import FIRST, LAST, PSPS, World, count

WORLD = World(30, size=12)
SUCCESS = Question(Report.SUCCESS_RATE, FIRST, LAST)
OTHERS = (
    Question(Report.SUCCESS_RATE, FIRST, "2026-11-29"),
    Question(Report.SUCCESS_RATE, "2026-11-02", LAST),
    Question(Report.DECLINE_REASONS, FIRST, LAST),
)
FULL, OVERFULL, EMPTY = (f"2026-12-{day}" for day in (29, 30, 31))


def sellers_of(day: str) -> Question:
    return Question(Report.SELLER_VOLUME, day, day)


def crowd(day: str, number: int) -> list[Row]:
    """Orders of a day, each a seller's only one."""
    return [
        {"order_id": f"{day}_{n}", "version": 1, "seller_id": f"s{n:04}", "currency": "EUR"}
        | {"captured": 5, "refunded": 0, "disputed": 0, "day": day}
        for n in range(number)
    ]


CROWDS = {FULL: crowd(FULL, ROWS_MAX), OVERFULL: crowd(OVERFULL, ROWS_MAX + 1), EMPTY: []}


class Athena(EmulatedAthena):
    """Tells times as boto3 does."""

    def get_query_execution(self, **request: object) -> dict[str, Any]:
        answer = super().get_query_execution(**request)
        status = answer["QueryExecution"]["Status"]
        status["SubmissionDateTime"] = datetime.fromtimestamp(status["SubmissionDateTime"], UTC)
        return answer


def athena_desk(folder: Path) -> ReportDesk:
    orders = [*WORLD.rows["orders"], *(row for rows in CROWDS.values() for row in rows)]
    rows: dict[str, list[Row]] = {name: [*found] for name, found in WORLD.rows.items()}
    emulated(DuckLake({**rows, "orders": orders}), folder)
    return AthenaReportDesk(Athena(), EmulatedS3(), DATABASE, WORKGROUP, BUCKET, PSPS)


def fake_desk(_: Path) -> ReportDesk:
    desk = FakeReportDesk()
    for report in Report:
        question = Question(report, FIRST, LAST)
        desk.tables[question] = told(question, count(WORLD, question))
    for day, rows in CROWDS.items():
        cells = [(row["seller_id"], "EUR", 1, 1, 5, 0, 0) for row in rows]
        desk.tables[sellers_of(day)] = told(sellers_of(day), cells)
    return desk


def told(question: Question, cells: list[tuple[Any, ...]]) -> Table:
    rows = [dict(zip(COLUMNS[question.report], row, strict=True)) for row in cells]
    return Table(tuple(rows[:ROWS_MAX]), as_of=1, scanned=1, cut=len(rows) > ROWS_MAX)


@pytest.fixture(scope="module", params=[fake_desk, athena_desk], ids=["fake", "athena"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ReportDesk:
    made: ReportDesk = request.param(tmp_path_factory.mktemp("lake"))
    return made


def found(desk: ReportDesk, question: Question) -> Table:
    query_id = desk.ask(question)
    for _ in range(3):
        state = desk.state(query_id, question)
        if state is ReportState.DONE:
            return desk.table(query_id, question)
        assert state is ReportState.RUNNING
    raise AssertionError("it never ends")


@pytest.mark.parametrize("report", Report)
def test_what_was_asked_is_found(desk: ReportDesk, report: Report) -> None:
    question = Question(report, FIRST, LAST)

    table = found(desk, question)

    assert [tuple(row.values()) for row in table.rows] == count(WORLD, question)
    assert all(list(row) == list(COLUMNS[report]) for row in table.rows)
    assert table.rows
    assert not table.cut
    assert table.as_of > 0
    assert table.scanned > 0


@pytest.mark.parametrize(("day", "rows"), [(EMPTY, 0), (FULL, ROWS_MAX), (OVERFULL, ROWS_MAX)])
def test_an_answer_has_an_end_and_says_so(desk: ReportDesk, day: str, rows: int) -> None:
    table = found(desk, sellers_of(day))

    assert [row["seller_id"] for row in table.rows] == [f"s{n:04}" for n in range(rows)]
    assert table.cut == (day == OVERFULL)


def test_a_query_is_known_by_its_own_question_only(desk: ReportDesk) -> None:
    query_id = desk.ask(SUCCESS)

    assert desk.state(query_id, SUCCESS) is not None
    assert [desk.state(query_id, other) for other in OTHERS] == [None] * len(OTHERS)


def test_a_query_that_nobody_started_is_none(desk: ReportDesk) -> None:
    assert desk.state("8a2f0c1e-cafe-4bad-8fed-c0ffee000000", SUCCESS) is None


def test_asking_again_is_another_query(desk: ReportDesk) -> None:
    assert desk.ask(SUCCESS) != desk.ask(SUCCESS)
