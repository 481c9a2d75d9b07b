from dataclasses import replace

import pytest

from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.instants import HOUR
from countinghouse.domain.reconciliation import STALE_AFTER, Run, RunStatus
from countinghouse.usecases.begin_run import CLOCK, RACES_MAX, begin_run
from tests.fakes.clock import FakeClock
from tests.fakes.reconciliation import FakeRunBook
from tests.runs import DAY, NIGHT, PSP, a_run

S = RunStatus
MORNING = NIGHT + 3 * HOUR


def begin(
    runs: FakeRunBook, execution: str = "e1", day: str | None = DAY, now: int = MORNING
) -> Run | None:
    return begin_run(PSP, day, execution, MORNING, runs, FakeClock(now))


def test_by_the_clock_it_is_the_day_before_the_execution_started() -> None:
    runs = FakeRunBook()

    # A step that is tried again after midnight still carries the same day.
    run = begin(runs, day=None, now=MORNING + 23 * HOUR)

    assert run == a_run(execution="e1", requested_by=CLOCK, started_at=MORNING + 23 * HOUR)
    assert runs.get(PSP, DAY) == run


def test_a_day_that_is_given_is_taken() -> None:
    run = begin(FakeRunBook(), day="2026-10-31")

    assert run is not None
    assert run.day == "2026-10-31"


def test_a_run_that_somebody_asked_for_is_carried_as_it_was_recorded() -> None:
    runs = FakeRunBook()
    runs.add(a_run(execution="e1"))

    assert begin(runs) == a_run(execution="e1")
    assert runs.get(PSP, DAY) == a_run(execution="e1")


def test_a_step_that_is_repeated_finds_the_run_as_it_left_it() -> None:
    runs = FakeRunBook()
    first = begin(runs)

    assert begin(runs, now=MORNING + HOUR) == first
    # However late: nobody else has taken it.
    assert begin(runs, now=MORNING + 2 * STALE_AFTER) == first


def test_a_run_that_another_execution_carries_is_left_to_it() -> None:
    runs = FakeRunBook()
    first = begin(runs, "e1")

    assert begin(runs, "e2", now=MORNING + STALE_AFTER - 1) is None

    assert runs.get(PSP, DAY) == first


def test_two_executions_that_begin_at_once_are_one_run() -> None:
    runs = FakeRunBook()
    first: list[Run | None] = []
    runs.interfere.append(lambda: first.append(begin(runs, "e2")))

    assert begin(runs, "e1") is None

    assert first == [runs.get(PSP, DAY)]


def test_two_executions_that_begin_an_ended_run_at_once_are_one_run() -> None:
    runs = FakeRunBook()
    runs.add(a_run(S.FAILED))
    first: list[Run | None] = []
    runs.interfere.append(lambda: first.append(begin(runs, "e2")))

    assert begin(runs, "e1") is None

    assert first == [runs.get(PSP, DAY)]


def test_a_step_that_raced_itself_is_not_another_execution() -> None:
    runs = FakeRunBook()
    runs.add(a_run(S.FAILED))
    runs.interfere.append(lambda: begin(runs, "e1"))

    run = begin(runs, "e1")

    assert run is not None
    assert (run, run.version) == (runs.get(PSP, DAY), 2)


@pytest.mark.parametrize("status", [S.COMPLETED, S.FAILED])
def test_an_ended_run_begins_anew(status: RunStatus) -> None:
    runs = FakeRunBook()
    runs.add(a_run(status, version=2, counts={"open": 3}))

    run = begin(runs, "e2")

    assert run == a_run(execution="e2", requested_by=CLOCK, started_at=MORNING, version=3)
    assert runs.get(PSP, DAY) == run


def test_an_execution_that_ended_its_run_and_is_run_on_begins_it_anew() -> None:
    runs = FakeRunBook()
    runs.add(a_run(S.FAILED, execution="e1"))

    run = begin(runs, "e1")

    assert run == a_run(execution="e1", requested_by=CLOCK, started_at=MORNING, version=2)


def test_a_run_whose_execution_was_lost_is_taken_over_and_it_finds_so() -> None:
    runs = FakeRunBook()
    begin(runs, "e1")
    later = MORNING + STALE_AFTER

    taken = begin(runs, "e2", now=later)

    assert taken is not None
    assert (taken.execution, taken.started_at) == ("e2", later)
    assert begin(runs, "e1", now=later) is None


@pytest.mark.parametrize(
    ("psp", "day", "field"),
    [("a#b", DAY, "psp"), (PSP, "yesterday", "date"), (PSP, "0001-01-01", "date")],
)
def test_what_is_no_psp_or_day_is_refused_and_nothing_kept(psp: str, day: str, field: str) -> None:
    runs = FakeRunBook()

    with pytest.raises(Invalid) as refused:
        begin_run(psp, day, "e1", MORNING, runs, FakeClock(MORNING))

    assert refused.value.field == field
    assert runs.rows == {}


def test_who_always_comes_second_gives_up() -> None:
    runs = FakeRunBook()
    runs.add(a_run(S.FAILED))

    def others() -> None:
        run = runs.rows[PSP, DAY]
        runs.rows[PSP, DAY] = replace(run, version=run.version + 1)

    runs.interfere = [others] * (RACES_MAX + 1)

    with pytest.raises(Conflict):
        begin(runs)

    assert len(runs.interfere) == 1
