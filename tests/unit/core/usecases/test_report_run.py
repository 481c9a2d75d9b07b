"""A run ends with a report: what it says, where it is kept, and that it is drawn up once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from countinghouse.domain.break_rules import CapDraw, CapKey
from countinghouse.domain.breaks import BreakAction, BreakStatus, Resolution
from countinghouse.domain.errors import Conflict, Unavailable
from countinghouse.domain.instants import HOUR
from countinghouse.domain.reconciliation import FileRecord, FileStatus, Run, RunStatus, run_id
from countinghouse.domain.trial_balance import TrialBalance
from countinghouse.ports.lakehouse import Fact, Residual
from countinghouse.reconciliation_report import View, report_json
from countinghouse.usecases.report_run import MEDIA_TYPES, Reporting, report_run
from tests.breaks import RULES, a_break
from tests.fakes.breaks import FakeBreakBook, FakeCapBook
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeBalanceBook
from tests.fakes.reconciliation import FakeFileBook, FakeRunBook, FakeRunPapers
from tests.runs import DAY, NIGHT, PSP, a_file, a_run, a_statement, a_total

S = BreakStatus
OTHER_RUN = run_id(PSP, "2026-11-20")


@dataclass
class Desk:
    runs: FakeRunBook = field(default_factory=FakeRunBook)
    files: FakeFileBook = field(default_factory=FakeFileBook)
    breaks: FakeBreakBook = field(default_factory=FakeBreakBook)
    caps: FakeCapBook = field(default_factory=FakeCapBook)
    balances: FakeBalanceBook = field(default_factory=FakeBalanceBook)
    papers: FakeRunPapers = field(default_factory=FakeRunPapers)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NIGHT + HOUR))
    residuals: list[Residual] = field(default_factory=list)
    csv: Callable[[View], bytes] = lambda view: f"{view['run_id']},csv".encode()

    def __post_init__(self) -> None:
        self.runs.add(a_run())

    def given(self, *files: FileRecord) -> Desk:
        for file in files:
            self.files.put(file)
        return self

    def broken(self, name: str, minor: int = 500, currency: str = "EUR", **changes: Any) -> Desk:
        facts: dict[str, Any] = {
            "break_id": f"brk_{name}",
            "run_id": a_run().run_id,
            "residuals": ((currency, minor),),
        }
        self.breaks.put(replace(a_break(), **(facts | changes)))
        return self

    def report(self, run: Run | None = None, matched: int = 8) -> Run:
        renderers = {"json": report_json, "csv": self.csv}
        ports = Reporting(
            self.runs,
            self.files,
            self.breaks,
            self.caps,
            self.balances,
            RULES,
            renderers,
            self.clock,
        )
        return report_run(run or a_run(), matched, self.residuals, self.papers, ports)

    def view(self) -> dict[str, Any]:
        """The report as it was kept."""
        self.report()
        found: dict[str, Any] = json.loads(self.papers.papers["report.json"])
        return found


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_report_is_kept_in_every_format_and_the_run_ends(desk: Desk) -> None:
    desk.given(a_file(totals=(a_total(),), lines=4, counts={"capture": 3}))

    run = desk.report()

    assert run == desk.runs.get(PSP, DAY)
    assert (run.status, run.finished_at) == (RunStatus.COMPLETED, NIGHT + HOUR)
    assert (run.report_key, run.version) == ("papers/report.json", 2)
    assert desk.papers.papers["report.csv"] == b"rec_sandbox_20261122,csv"
    assert desk.papers.media_types == {
        f"report.{name}": MEDIA_TYPES[name] for name in ("json", "csv")
    }
    view = json.loads(desk.papers.papers["report.json"])
    assert (view["run_id"], view["psp"], view["day"]) == (run.run_id, PSP, DAY)
    assert view["as_of"] == "2026-11-23T01:00:00.000Z"


def test_the_run_keeps_the_reports_counts_and_totals(desk: Desk) -> None:
    desk.given(a_file(totals=(a_total(),), lines=4, rejected=1), a_statement(lines=2))
    desk.broken("open").broken("expected", status=S.EXPECTED).broken("auto", status=S.AUTO_RESOLVED)
    desk.broken("void", status=S.VOID).broken("off", status=S.WRITTEN_OFF)

    run = desk.report()

    assert run.counts == {
        "lines": 6,
        "rejects": 1,
        "matched": 8,
        "open": 1,
        "expected": 1,
        "auto_resolved": 1,
        "resolved": 2,
    }
    assert run.totals == {
        "EUR": {
            "gross": 1_000,
            "fee": 30,
            "net": 970,
            "paid_out": 970,
            "arrived": 970,
            "settled": 0,
        }
    }


def test_a_run_that_has_ended_is_given_back_as_it_is(desk: Desk) -> None:
    ended = desk.report()
    kept = dict(desk.papers.papers)
    desk.broken("late")
    desk.clock.advance(HOUR)

    assert desk.report(ended) is ended
    assert desk.papers.papers == kept
    failed = a_run(RunStatus.FAILED)
    assert desk.report(failed) is failed


def test_a_run_that_another_execution_carries_by_now_is_not_ended(desk: Desk) -> None:
    mine = a_run()
    theirs = a_run(execution="e2", version=2)
    desk.runs.rows[PSP, DAY] = theirs

    with pytest.raises(Conflict):
        desk.report(mine)

    assert desk.runs.get(PSP, DAY) == theirs


def test_a_report_that_cannot_be_kept_ends_no_run(desk: Desk) -> None:
    def fail(_: View) -> bytes:
        raise Unavailable("S3 did not take it")

    desk.csv = fail
    with pytest.raises(Unavailable):
        desk.report()

    assert desk.runs.get(PSP, DAY) == a_run()


def test_files_of_the_day_are_told_of_and_those_of_others_are_not(desk: Desk) -> None:
    desk.given(
        a_file("f1", lines=4, duplicates=2, rejected=1, reasons=("?",), status=FileStatus.STOPPED),
        a_statement("b1", lines=3),
        a_file("f0", day="2026-11-21"),
    )

    settlement, bank = sorted(
        desk.view()["files"], key=lambda file: str(file["hash"]), reverse=True
    )

    assert settlement == {
        "name": "settlement-2026-11-22.csv",
        "kind": "settlement",
        "hash": "f1",
        "status": "stopped",
        "lines": 4,
        "rejects": 1,
        "duplicates": 2,
        "reasons": ["?"],
    }
    assert (bank["kind"], bank["hash"], bank["lines"]) == ("bank", "b1", 3)


def test_totals_are_of_the_days_batches_by_currency(desk: Desk) -> None:
    yen = a_total("B2", "JPY", gross=50, fee=0, net=50, paid_out=50)
    desk.given(
        a_file("f1", totals=(a_total(), yen), settled={"B1|EUR": "jrn_1"}),
        a_file("f0", day="2026-11-21", totals=(a_total("B0", "CHF"),)),
        a_statement(arrived={"B1|EUR": 970, "B0|CHF": 970}),
    )

    totals = desk.view()["totals"]

    assert {name: (one["arrived"], one["settled"]) for name, one in totals.items()} == {
        "EUR": (970, 970),
        "JPY": (0, 0),
    }
    assert (totals["JPY"]["gross"], totals["JPY"]["paid_out"]) == (50, 50)


def test_a_batch_that_was_sent_again_counts_once(desk: Desk) -> None:
    stopped = a_file("f2", totals=(a_total(gross=9), a_total("B2")), status=FileStatus.STOPPED)
    desk.given(
        a_file("f1", totals=(a_total(gross=1),), settled={"B1|EUR": "jrn_1"}),
        a_file("f3", totals=(a_total(),), settled={"B1|EUR": "jrn_1"}, received_at=NIGHT + 1),
        stopped,
        a_statement(),
    )

    euros = desk.view()["totals"]["EUR"]

    assert (euros["gross"], euros["paid_out"]) == (2_000, 1_940)
    assert (euros["arrived"], euros["settled"]) == (970, 970)


def test_a_later_statement_says_what_arrived(desk: Desk) -> None:
    desk.given(
        a_file(totals=(a_total(),)),
        a_statement("1", arrived={"B1|EUR": 970}, received_at=NIGHT + 5),
        a_statement("2", arrived={"B1|EUR": 900}),
    )

    assert desk.view()["totals"]["EUR"]["arrived"] == 970


def test_the_balance_is_explained_by_what_was_asked_of_the_lake(desk: Desk) -> None:
    desk.residuals = [
        Residual(Fact.BALANCE, "EUR", "", "", 1, 10_000),
        Residual(Fact.NOT_DUE, "EUR", "", "", 2, 7_000),
        Residual(Fact.UNSETTLED, "EUR", DAY, "B1", 2, 1_500),
        Residual(Fact.UNSETTLED, "EUR", DAY, "B2", 2, 1_000),
        Residual(Fact.UNMATCHED, "EUR", DAY, "", 9, 99_999),
    ]
    desk.broken("open", 400).broken("settled", 77, status=S.WRITTEN_OFF).broken(
        "other", psp="x", run_id=OTHER_RUN
    )

    view = desk.view()

    assert view["explanation"]["EUR"] == {
        "balance": 10_000,
        "not_due": 7_000,
        "open_breaks": 400,
        "unsettled_files": 2_500,
        "unexplained": 100,
    }
    assert not view["agrees"]
    assert view["verdict"].startswith(f"NOT EXPLAINED on psp_receivable:{PSP}")


def test_a_report_agrees_when_all_is_explained_and_the_books_sum_to_zero(desk: Desk) -> None:
    desk.residuals = [Residual(Fact.BALANCE, "EUR", "", "", 1, 500)]
    desk.broken("open")
    desk.balances.save(TrialBalance(NIGHT, {"EUR": {"cash": 5, "fees": -5}}))

    view = desk.view()

    assert (view["agrees"], view["trial_balance"]) == (True, {"EUR": 0})


def test_books_that_do_not_sum_to_zero_are_the_verdict(desk: Desk) -> None:
    desk.balances.save(TrialBalance(NIGHT, {"EUR": {"cash": 5, "fees": -4}}))

    view = desk.view()

    assert (view["agrees"], view["trial_balance"]) == (False, {"EUR": 1})
    assert view["verdict"].startswith("THE BOOKS DO NOT SUM TO ZERO")


def test_breaks_are_all_that_wait_and_those_that_this_run_found(desk: Desk) -> None:
    desk.broken("mine").broken("mine_void", status=S.VOID)
    desk.broken("older", run_id=OTHER_RUN).broken("older_void", run_id=OTHER_RUN, status=S.VOID)
    desk.broken("elsewhere", psp="other", run_id=OTHER_RUN)

    found = {brk["break_id"]: brk["status"] for brk in desk.view()["breaks"]}

    assert found == {"brk_mine": "open", "brk_mine_void": "void", "brk_older": "open"}


def test_a_run_of_many_breaks_tells_of_them_all(desk: Desk) -> None:
    for number in range(250):
        desk.broken(f"{number}", status=S.VOID if number % 2 else S.OPEN, opened_at=number % 7)

    assert len({brk["break_id"] for brk in desk.view()["breaks"]}) == 250


def test_a_break_is_told_with_its_age_its_rule_and_what_it_leaves(desk: Desk) -> None:
    by_rule = Resolution(
        BreakAction.RULE, "?", "rule:rounding@2", NIGHT, NIGHT, rule_id="rounding", rule_version=2
    )
    desk.broken("rule", 1, status=S.AUTO_RESOLVED, resolution=by_rule, day="2026-11-20")
    desk.broken("two", residuals=(("EUR", 500), ("USD", -600)), day=DAY)
    desk.broken("parked", standing=("jrn_1",), day="2026-11-23")
    person = replace(by_rule, rule_id="", rule_version=0)
    desk.broken("person", status=S.WRITTEN_OFF, resolution=person)

    told = {
        (one["break_id"], one["currency"]): (one["residual"], one["age_days"], one["rule"])
        for one in desk.view()["breaks"]
    }

    assert told == {
        ("brk_rule", "EUR"): (1, 2, "rounding@2"),
        ("brk_two", "EUR"): (500, 0, ""),
        ("brk_two", "USD"): (-600, 0, ""),
        ("brk_parked", "EUR"): (0, 0, ""),
        ("brk_person", "EUR"): (500, 4, ""),
    }


def test_a_break_about_no_money_is_told_too(desk: Desk) -> None:
    desk.broken("reject", residuals=(), our_currency="", their_currency="")

    (told,) = desk.view()["breaks"]

    assert (told["break_id"], told["currency"]) == ("brk_reject", "")


def test_what_rules_settled_that_day_is_held_against_their_caps(desk: Desk) -> None:
    def draw(rule: str, currency: str, minor: int, day: str = DAY, psp: str = PSP) -> None:
        desk.caps.take(CapDraw(CapKey(rule, psp, currency, day), minor, 100))

    draw("fee_variance", "EUR", 7)
    draw("fee_variance", "EUR", 9)
    # No file is in yen: our side was.
    draw("rounding", "JPY", 1)
    draw("rounding", "EUR", 2, day="2026-11-21")
    draw("rounding", "EUR", 2, psp="other")

    assert desk.view()["resolved_by_rule"] == [
        {"rule": "fee_variance@1", "currency": "EUR", "count": 2, "used": 16, "cap": 100},
        {"rule": "rounding@2", "currency": "JPY", "count": 1, "used": 1, "cap": 3},
    ]
