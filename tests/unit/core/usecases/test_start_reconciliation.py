from dataclasses import dataclass, field

import pytest

from countinghouse.domain.errors import Conflict, Invalid, Unavailable
from countinghouse.domain.instants import DAY as ONE_DAY
from countinghouse.domain.reconciliation import STALE_AFTER, Run, RunStatus
from countinghouse.usecases.start_reconciliation import (
    RACES_MAX,
    Starting,
    start_reconciliation,
)
from tests.fakes.clock import FakeClock
from tests.fakes.reconciliation import FakeReconciliationWorkflow, FakeRunBook
from tests.runs import DAY, NIGHT, PSP, a_run

S = RunStatus
FIRST = "rec_sandbox_20261122-1"


@dataclass
class Office:
    runs: FakeRunBook = field(default_factory=FakeRunBook)
    workflow: FakeReconciliationWorkflow = field(default_factory=FakeReconciliationWorkflow)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NIGHT))
    ahead: bool = False

    def start(self, who: str = "ada", psp: str = PSP, day: str = DAY) -> Run:
        ports = Starting(self.runs, self.workflow, self.clock, frozenset({PSP}), self.ahead)
        return start_reconciliation(psp, day, who, ports)

    @property
    def kept(self) -> Run:
        run = self.runs.get(PSP, DAY)
        assert run is not None
        return run

    def end(self, status: RunStatus) -> None:
        self.runs.replace(self.kept, self.kept.ended(status, self.clock.now()))


def test_a_run_is_recorded_and_its_execution_started_under_its_name() -> None:
    office = Office()

    run = office.start()

    assert run == office.kept == a_run()
    assert office.workflow.executions == {FIRST: run}


def test_who_asks_twice_starts_once() -> None:
    office = Office()
    run = office.start()
    office.clock.advance(STALE_AFTER - 1)

    assert office.start("eve") == run

    assert list(office.workflow.executions) == [FIRST]


def test_two_who_ask_at_once_find_one_run() -> None:
    office = Office()
    first: list[Run] = []
    office.runs.interfere.append(lambda: first.append(office.start("eve")))

    second = office.start("ada")

    assert [second] == first
    assert second.requested_by == "eve"
    assert list(office.workflow.executions) == [FIRST]


def test_two_who_start_an_ended_run_anew_at_once_find_one_run() -> None:
    office = Office()
    office.start()
    office.end(S.FAILED)
    first: list[Run] = []
    office.runs.interfere.append(lambda: first.append(office.start("eve")))

    second = office.start("bob")

    assert [second] == first
    assert (second.requested_by, second.version) == ("eve", 3)
    assert list(office.workflow.executions) == [FIRST, "rec_sandbox_20261122-3"]


def test_a_run_that_was_recorded_and_not_started_is_started_by_who_asks_again() -> None:
    office = Office()
    office.workflow.fail.append(Unavailable("Step Functions is down"))
    with pytest.raises(Unavailable):
        office.start()
    assert office.kept == a_run()

    run = office.start("eve")

    assert run == a_run()
    assert office.workflow.executions == {FIRST: run}


@pytest.mark.parametrize("status", [S.COMPLETED, S.FAILED])
def test_an_ended_run_is_started_anew_under_a_name_never_used_before(status: RunStatus) -> None:
    office = Office()
    names = set()
    for who in ("ada", "bob", "eve"):
        run = office.start(who)
        assert (run.status, run.requested_by) == (S.RUNNING, who)
        names.add(run.execution)
        office.end(status)

    assert names == {*office.workflow.executions}
    assert len(names) == 3


def test_a_run_whose_execution_was_lost_is_started_anew() -> None:
    office = Office()
    office.start()
    office.clock.advance(STALE_AFTER)

    run = office.start("eve")

    assert run.execution == "rec_sandbox_20261122-2"
    assert run.started_at == NIGHT + STALE_AFTER
    assert office.kept == run
    assert office.workflow.executions["rec_sandbox_20261122-2"] == run


def test_a_run_that_the_clock_started_is_found_and_its_execution_not_doubled() -> None:
    office = Office()
    office.runs.add(a_run(execution="4f3c", requested_by="schedule"))
    office.workflow.start(office.kept)

    assert office.start().execution == "4f3c"

    assert list(office.workflow.executions) == ["4f3c"]


def test_a_day_that_has_not_come_is_not_started_unless_a_clock_runs_ahead() -> None:
    office = Office()

    assert office.start(day="2026-11-23").day == "2026-11-23"
    with pytest.raises(Invalid) as refused:
        office.start(day="2026-11-24")
    assert refused.value.field == "date"

    office.ahead = True
    assert office.start(day="2027-11-24").day == "2027-11-24"
    with pytest.raises(Invalid):
        office.start(day="2027-11-25")
    assert len(office.runs.rows) == len(office.workflow.executions) == 2


@pytest.mark.parametrize(
    ("psp", "day", "field_"),
    [
        ("other", DAY, "psp"),
        ("Sandbox", DAY, "psp"),
        ("", DAY, "psp"),
        (PSP, "22.11.2026", "date"),
        (PSP, "0001-01-05", "date"),
    ],
)
def test_what_is_no_psp_or_day_is_refused_and_nothing_kept(psp: str, day: str, field_: str) -> None:
    office = Office()

    with pytest.raises(Invalid) as refused:
        office.start(psp=psp, day=day)

    assert refused.value.field == field_
    assert (office.runs.rows, office.workflow.executions) == ({}, {})


def test_who_always_comes_second_gives_up() -> None:
    office = Office()
    office.start()

    def end_and_restart() -> None:
        # Others end the run and start it over, and are done once more before our write.
        held, office.runs.interfere = office.runs.interfere, []
        if office.kept.status is S.RUNNING:
            office.end(S.FAILED)
        now = office.clock.advance(ONE_DAY)
        office.runs.replace(office.kept, office.kept.restarted(f"x{now}", "eve", now))
        office.end(S.FAILED)
        office.runs.interfere = held

    office.end(S.FAILED)
    office.runs.interfere = [end_and_restart] * (RACES_MAX + 1)

    with pytest.raises(Conflict):
        office.start("bob")

    assert list(office.workflow.executions) == [FIRST]
    assert len(office.runs.interfere) == 1
