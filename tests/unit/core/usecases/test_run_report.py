"""A report is handed out when it is there, and else the query under which it will be."""

from dataclasses import dataclass, field

import pytest

from countinghouse.domain.analytics import Question, Report, ReportState, Table
from countinghouse.domain.errors import NotFound, Rejected, Unavailable
from countinghouse.usecases.run_report import PATIENCE, Reported, run_report
from tests.fakes.analytics import FakePause, FakeReportDesk, table
from tests.fakes.clock import FakeClock

VOLUME = Question(Report.VOLUME, "2026-11-01", "2026-11-30")
OTHER = Question(Report.VOLUME, "2026-11-01", "2026-11-29")
FOUND = table({"day": "2026-11-01", "net": 1})


@dataclass
class Scene:
    desk: FakeReportDesk = field(default_factory=FakeReportDesk)
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.pause = FakePause(self.clock)
        self.desk.tables[VOLUME] = FOUND

    def run(self, query_id: str | None = None, question: Question = VOLUME) -> Reported:
        return run_report(question, query_id, self.desk, self.clock, self.pause)

    def found(self) -> Table | None:
        return self.run().table


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_quick_query_is_answered_at_once(scene: Scene) -> None:
    assert scene.found() == FOUND
    assert scene.pause.taken == []


def test_a_query_is_waited_for_with_longer_and_longer_pauses(scene: Scene) -> None:
    scene.desk.looks = 6

    assert scene.found() == FOUND
    assert scene.pause.taken == [250, 500, 1_000, 2_000, 2_000, 2_000]
    assert len(scene.desk.asked) == 1


def test_patience_ends_before_the_api_does(scene: Scene) -> None:
    scene.desk.looks = 1_000

    reported = scene.run()

    assert reported.table is None
    assert list(scene.desk.asked) == [reported.query_id]
    assert PATIENCE - 2_000 < sum(scene.pause.taken) <= PATIENCE


def test_who_comes_back_goes_on_with_the_same_query(scene: Scene) -> None:
    scene.desk.looks = 12
    first = scene.run()

    again = scene.run(first.query_id)

    assert (again.query_id, again.table) == (first.query_id, FOUND)
    assert len(scene.desk.asked) == 1


@pytest.mark.parametrize("question", [OTHER, Question(Report.PSP_COST, "2026-11-01", "2026-11-30")])
def test_a_query_answers_its_own_question_only(scene: Scene, question: Question) -> None:
    first = scene.run()

    with pytest.raises(NotFound):
        scene.run(first.query_id, question)


def test_a_query_that_nobody_asked_is_not_found(scene: Scene) -> None:
    with pytest.raises(NotFound):
        scene.run("00000000-0000-4000-8000-000000000000")


def test_a_query_that_reads_too_much_is_refused(scene: Scene) -> None:
    scene.desk.end = ReportState.TOO_LARGE

    with pytest.raises(Rejected) as refused:
        scene.run()

    assert refused.value.code == "report_too_large"


def test_a_query_that_failed_may_be_asked_again(scene: Scene) -> None:
    scene.desk.end, scene.desk.looks = ReportState.FAILED, 2

    with pytest.raises(Unavailable):
        scene.run()
