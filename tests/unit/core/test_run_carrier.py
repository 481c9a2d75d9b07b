"""A run from its first query to its report, each step from what the steps before it left behind."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from countinghouse.domain.breaks import Break, BreakCode, BreakStatus
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import HOUR, MINUTE
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.reconciliation import (
    REACH_DAYS,
    FileRecord,
    FileStatus,
    Run,
    RunStatus,
    settlement_key,
    shifted,
)
from countinghouse.domain.settlement import Reject
from countinghouse.messages import orders_message, payouts_message
from countinghouse.ports.lakehouse import Fact, LakeQuery, Residual
from countinghouse.reconciliation_report import report_json
from countinghouse.run_carrier import RunCarrier
from countinghouse.usecases.judge_differences import Judging
from countinghouse.usecases.portion_differences import PORTION, portions_name
from countinghouse.usecases.report_run import Reporting
from countinghouse.usecases.settle_batches import Settling
from tests.breaks import RULES, a_break, a_difference, books_of
from tests.builders import an_order
from tests.fakes.books import FakeOrderBook
from tests.fakes.breaks import FakeBreakBook
from tests.fakes.clock import FakeClock
from tests.fakes.lakehouse import FakeLakeQueries
from tests.fakes.ledger import FakeBalanceBook, FakeLedger
from tests.fakes.queues import FakeOutbox
from tests.fakes.reconciliation import FakeFileBook, FakeRunBook, FakeRunPapers
from tests.runs import DAY, NIGHT, PSP, a_file, a_run, a_statement, a_total

S = BreakStatus
YESTERDAY, LONG_AGO = shifted(DAY, -1), shifted(DAY, -20)
SHORT = a_difference(their_amount=6_500, day=DAY, checkout_open=500)
"""They say 5.00 less than we do."""

MISSING = a_difference(Sides.THEIRS, anchor="line:2", order_id="o2", day=DAY)
REJECT = (Reject(5, "net is no whole number"),)


@dataclass
class House:
    """Everything a run touches; `walk` is what the workflow does with it."""

    runs: FakeRunBook = field(default_factory=FakeRunBook)
    files: FakeFileBook = field(default_factory=FakeFileBook)
    papers: FakeRunPapers = field(default_factory=FakeRunPapers)
    shared: FakeRunPapers = field(default_factory=FakeRunPapers)
    lake: FakeLakeQueries = field(default_factory=FakeLakeQueries)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NIGHT + HOUR))
    breaks: FakeBreakBook = field(init=False)

    def __post_init__(self) -> None:
        self.breaks = FakeBreakBook(self.ledger)
        self.runs.add(a_run())

    def carrier(self, run: Run | None = None) -> RunCarrier:
        found = run or self.runs.get(PSP, DAY)
        assert found is not None
        return RunCarrier(
            run=found,
            papers=self.papers,
            shared=self.shared,
            queries=lambda: self.lake,
            judging=Judging(books_of(self.breaks, self.clock), self.orders, RULES),
            settling=Settling(self.files, self.ledger, self.clock),
            reporting=Reporting(
                runs=self.runs,
                files=self.files,
                breaks=self.breaks,
                caps=self.breaks.caps,
                balances=FakeBalanceBook(),
                rules=RULES,
                renderers={"json": report_json},
                clock=self.clock,
            ),
            outbox=lambda: self.outbox,
        )

    def given(self, *files: FileRecord) -> House:
        for file in files:
            self.files.put(file)
        return self

    def finds(self, *differences: Difference) -> House:
        self.lake.found = differences
        return self

    def look(self, number: int = 1) -> int:
        """One pass over all differences; how many of them may come any moment."""
        carrier = self.carrier()
        query_id, began_at = carrier.query("match")
        self.clock.advance(MINUTE)
        carrier.chunk(query_id, number)
        for portion in self.portions(number):
            carrier.judge(portion, number, began_at)
        carrier.close(number, began_at)
        return carrier.repair(number)

    def portions(self, number: int = 1) -> list[str]:
        found: list[str] = json.loads(self.papers.papers[portions_name(number)])
        return found

    def explain(self) -> dict[str, int]:
        carrier = self.carrier()
        query_id, _ = carrier.query("residuals")
        return carrier.explain(query_id)

    def of(self, difference: Difference) -> Break:
        (found,) = [brk for brk in self.breaks.rows.values() if brk.anchor == difference.anchor]
        return found


@pytest.fixture
def house() -> House:
    return House()


def test_a_day_from_its_first_query_to_its_report(house: House) -> None:
    house.given(
        a_file(totals=(a_total(),), lines=5, counts={"capture": 4, "payout": 1}), a_statement()
    )
    house.finds(SHORT)
    house.lake.left = [Residual(Fact.BALANCE, "EUR", "", "", 1, 500)]

    assert house.look() == 0
    journals = house.carrier().settle()
    unexplained = house.explain()
    told = house.carrier().report()

    assert journals == [settlement_key(PSP, "B1", "EUR").ledger_id]
    assert unexplained == {}
    assert (told["status"], told["run_id"]) == ("completed", "rec_sandbox_20261122")
    run = house.runs.get(PSP, DAY)
    assert run is not None
    assert (run.status, run.report_key) == (RunStatus.COMPLETED, "papers/report.json")
    assert (run.counts["matched"], run.counts["open"]) == (3, 1)
    assert house.of(SHORT).code is BreakCode.AMOUNT_UNDER


def test_run_again_the_day_opens_nothing_and_books_nothing(house: House) -> None:
    house.given(a_file(totals=(a_total(),)), a_statement()).finds(SHORT)
    house.look()
    house.carrier().settle()
    house.carrier().report()
    before, journals = dict(house.breaks.rows), dict(house.ledger.linked)

    run = house.runs.get(PSP, DAY)
    assert run is not None
    house.runs.replace(run, run.restarted("e2", "ada", house.clock.now()))
    house.papers = FakeRunPapers()
    house.look()
    house.carrier().settle()
    house.carrier().report()

    assert house.ledger.linked == journals
    assert house.breaks.rows.keys() == before.keys()
    assert [brk.status for brk in house.breaks.rows.values()] == [S.OPEN]
    assert house.of(SHORT).seen_in == "e2#1"


# What is asked of the lake.


def test_a_match_looks_at_the_runs_window(house: House) -> None:
    query_id, began_at = house.carrier().query("match")

    query, window = house.lake.started[query_id]
    assert query is LakeQuery.MATCH
    assert (window.psp, window.first_day, window.last_day) == (PSP, "2026-11-13", DAY)
    assert (window.fee, began_at) == (RULES.fees[PSP], NIGHT + HOUR)


@pytest.mark.parametrize(
    ("waits", "first_day"),
    [
        (YESTERDAY, "2026-11-13"),
        (LONG_AGO, LONG_AGO),
        (shifted(DAY, -200), shifted(DAY, 1 - REACH_DAYS)),
    ],
)
def test_a_match_reaches_back_to_what_still_waits_within_bounds(
    house: House, waits: str, first_day: str
) -> None:
    house.breaks.put(a_break(day=waits), a_break(S.VOID, break_id="brk_2", day="2026-10-10"))

    query_id, _ = house.carrier().query("match")

    assert house.lake.started[query_id][1].first_day == first_day


@pytest.mark.parametrize(
    ("newer", "status", "last_day"),
    [
        (2, RunStatus.COMPLETED, shifted(DAY, 2)),
        (2, RunStatus.RUNNING, DAY),
        (2, RunStatus.FAILED, DAY),
        (-2, RunStatus.COMPLETED, DAY),
    ],
)
def test_what_is_left_is_asked_of_the_newest_day_that_was_judged(
    house: House, newer: int, status: RunStatus, last_day: str
) -> None:
    house.runs.add(a_run(status, day=shifted(DAY, newer)))

    match, _ = house.carrier().query("match")
    residuals, _ = house.carrier().query("residuals")

    assert house.lake.started[match][1].last_day == DAY
    assert house.lake.started[residuals][1].last_day == last_day


def test_a_psp_without_a_contract_is_not_asked_after(house: House) -> None:
    with pytest.raises(LookupError):
        house.carrier(a_run(psp="other")).query("match")


# What is judged.


def test_lines_that_agree_are_those_of_the_day_that_do_not_differ(house: House) -> None:
    house.given(a_file(totals=(a_total(),), counts={"capture": 9, "refund": 1, "fee": 5}))
    house.finds(
        SHORT,
        MISSING,
        replace(SHORT, anchor="ledger:3", day=YESTERDAY),
        a_difference(Sides.OURS, anchor="ledger:4", day=DAY),
        a_difference(Sides.THEIRS, "reserve_held", anchor="line:5", day=DAY),
    )

    carrier = house.carrier()
    key, differing = carrier.chunk(carrier.query("match")[0], 1)

    assert (key, differing) == (f"papers/{portions_name(1)}", 2)
    assert json.loads(house.papers.papers["matched.json"]) == 8


def test_differences_beyond_one_portion_are_judged_in_several(house: House) -> None:
    house.finds(*(replace(SHORT, anchor=f"ledger:{n}") for n in range(PORTION + 1)))

    house.look()

    assert len(house.portions()) == 2
    assert len(house.breaks.rows) == PORTION + 1


def test_steps_that_are_repeated_change_nothing(house: House) -> None:
    house.finds(SHORT, replace(MISSING, their_amount=7_000))
    carrier = house.carrier()
    query_id, began_at = carrier.query("match")
    carrier.chunk(query_id, 1)
    papers = dict(house.papers.papers)
    carrier.chunk(query_id, 1)
    assert house.papers.papers == papers

    (portion,) = house.portions()
    counts = carrier.judge(portion, 1, began_at)
    journals = dict(house.ledger.linked)
    again = carrier.judge(portion, 1, began_at)

    assert (counts, again) == ({"opened": 2}, {"known": 2})
    assert house.ledger.linked == journals
    assert carrier.close(1, began_at) == carrier.close(1, began_at) == 0


def test_what_is_not_found_any_more_is_matched(house: House) -> None:
    house.finds(SHORT, MISSING).look()
    house.clock.advance(HOUR)

    house.finds(SHORT).look(2)

    assert (house.of(SHORT).status, house.of(MISSING).status) == (S.OPEN, S.MATCHED)


def test_a_rejected_line_waits_for_a_person_however_old_it_is(house: House) -> None:
    house.given(a_file(day=LONG_AGO, status=FileStatus.STOPPED, rejects=REJECT))
    told = a_difference(anchor=f"rejected:{'f' * 32}:5", day=LONG_AGO)
    house.breaks.put(a_break(break_id="brk_older", day=shifted(LONG_AGO, -1)))
    house.look()
    assert house.of(told).status is S.OPEN

    house.clock.advance(HOUR)
    house.look(2)

    assert house.of(told).status is S.OPEN
    assert house.breaks.rows["brk_older"].status is S.MATCHED


def test_a_break_reopened_while_a_run_looks_is_not_taken_for_matched(house: House) -> None:
    settled = a_break(S.WRITTEN_OFF, day=LONG_AGO)
    house.breaks.put(settled)
    carrier = house.carrier()
    query_id, began_at = carrier.query("match")
    house.breaks.put(settled.moved(S.OPEN, house.clock.advance(1)))

    carrier.chunk(query_id, 1)

    # The match did not look at its day.
    assert carrier.close(1, began_at) == 0
    assert house.breaks.rows[settled.break_id].status is S.OPEN


def test_what_another_runs_look_has_seen_meanwhile_is_left_alone(house: House) -> None:
    carrier = house.carrier()
    query_id, began_at = carrier.query("match")
    carrier.chunk(query_id, 1)
    house.breaks.put(a_break(day=DAY, seen_in="e9#1", seen_at=house.clock.advance(1)))

    assert carrier.close(1, began_at) == 0


# What is asked after.


def test_an_order_that_is_late_is_asked_after_once_a_pass(house: House) -> None:
    house.orders.put(an_order(OrderStatus.SENT, order_id="o2"))
    house.finds(MISSING, replace(MISSING, anchor="line:3", psp_reference="ch_9"))

    # Both lines wait for it.
    assert house.look() == 2
    assert house.outbox.sent == [orders_message("o2", "c1")]

    assert house.look(2) == 2
    assert house.outbox.sent == [orders_message("o2", "c1")] * 2


def test_what_is_asked_after_but_a_persons_all_the_same_is_not_waited_for(house: House) -> None:
    returned = a_difference(
        Sides.BANK_THEIRS, "payout_return", order_id="po_1", our_currency="", our_amount=0, day=DAY
    )
    house.finds(returned)

    assert house.look() == 0
    assert house.outbox.sent == [payouts_message("po_1")]


def test_nobody_is_asked_when_all_agrees(house: House) -> None:
    assert house.look() == 0
    assert house.outbox.sent == []


# How it ends.


def test_what_nothing_explains_is_told_and_reported(house: House) -> None:
    house.lake.left = [Residual(Fact.BALANCE, "EUR", "", "", 1, 500)]
    house.look()

    assert house.explain() == {"EUR": 500}
    told = house.carrier().report()

    assert str(told["subject"]).startswith("Reconciliation sandbox 2026-11-22: DOES NOT AGREE")
    verdict = json.loads(house.papers.papers["report.json"])["verdict"]
    assert verdict.startswith("NOT EXPLAINED")
    assert str(told["notice"]).splitlines()[0] == verdict


def test_a_report_that_is_asked_for_again_is_the_one_that_was_drawn_up(house: House) -> None:
    house.look()
    first = house.carrier().report()
    kept = dict(house.papers.papers)
    house.breaks.put(a_break(day=DAY))
    house.clock.advance(HOUR)

    assert house.carrier().report() == first
    assert house.papers.papers == kept


def test_a_run_that_failed_says_why_and_claims_no_report(house: House) -> None:
    assert house.carrier().fail("QueryFailed" + "x" * 300) == "failed"

    run = house.runs.get(PSP, DAY)
    assert run is not None
    assert (run.status, run.finished_at) == (RunStatus.FAILED, NIGHT + HOUR)
    assert run.failure is not None
    assert (run.failure[:11], len(run.failure)) == ("QueryFailed", 200)
    assert house.carrier().report()["status"] == "failed"


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.FAILED])
def test_a_run_that_has_ended_does_not_fail_any_more(house: House, status: RunStatus) -> None:
    ended = a_run(status, failure="first")
    house.runs.rows[PSP, DAY] = ended

    assert house.carrier().fail("second") == str(status)
    assert house.runs.get(PSP, DAY) == ended


@pytest.mark.parametrize("step", ["report", "fail"])
def test_an_execution_that_lost_its_run_does_not_end_it(house: House, step: str) -> None:
    mine = house.carrier()
    theirs = a_run(execution="e2", version=2)
    house.runs.rows[PSP, DAY] = theirs

    arguments: tuple[Any, ...] = ("Timeout",) if step == "fail" else ()
    with pytest.raises(Conflict):
        getattr(mine, step)(*arguments)

    assert house.runs.get(PSP, DAY) == theirs
