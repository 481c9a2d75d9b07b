"""A reconciliation run in the hands of the execution that carries it: each step's use case, called
with what the steps before it left behind.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from countinghouse.domain.breaks import Look
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.instants import Instant
from countinghouse.domain.reconciliation import WINDOW_DAYS, Run, RunStatus, SourceKind
from countinghouse.domain.settlement import MOVEMENTS
from countinghouse.ports.lakehouse import LakeQueries, LakeQuery, Window
from countinghouse.ports.queues import Outbox
from countinghouse.ports.reconciliation import RunPapers
from countinghouse.reconciliation_report import notice
from countinghouse.records import dataclass
from countinghouse.run_views import View, run_view
from countinghouse.usecases.close_matched_breaks import close_matched_breaks
from countinghouse.usecases.explain_balance import explain_balance, go_on_from, read_residuals
from countinghouse.usecases.judge_differences import UNDER_WAY, Judging, judge_differences
from countinghouse.usecases.list_differences import agreeing_lines, list_differences
from countinghouse.usecases.portion_differences import (
    portion_differences,
    portions_name,
    read_portion,
)
from countinghouse.usecases.repair_late import keep_judged, repair_late
from countinghouse.usecases.report_run import REPORT, Reporting, report_run
from countinghouse.usecases.settle_batches import Settling, settle_batches

JSON = "application/json"
FIRST_DAY = "first_day.json"
MATCHED = "matched.json"


@dataclass(frozen=True, slots=True)
class RunCarrier:
    """One run, and the ports its steps need. A pass is one look at all differences.

    `shared` are papers that a PSP's runs have in common.
    """

    run: Run
    papers: RunPapers
    shared: RunPapers
    queries: Callable[[], LakeQueries]
    judging: Judging
    settling: Settling
    reporting: Reporting
    outbox: Callable[[], Outbox]

    def query(self, name: str) -> tuple[str, Instant]:
        """Start one of the run's queries; its id, and when it began."""
        run, fee = self.run, self.judging.rules.fee_of(self.run.psp)
        began_at = self.reporting.clock.now()
        first_day, last_day, balance_from = self._oldest_day(), run.day, ""
        if LakeQuery(name) is LakeQuery.MATCH:
            # Whoever judges what it finds looks at the same days, whatever is reopened meanwhile.
            self.papers.write(FIRST_DAY, json.dumps(first_day).encode(), JSON)
        else:
            last_day = self._judged_day()
        if LakeQuery(name) is LakeQuery.RESIDUALS:
            balance_from = go_on_from(run, self.papers, self.shared).until
        filed_until = self._filed_until(last_day)
        window = Window(run.psp, first_day, last_day, fee, filed_until, balance_from)
        return self.queries().start(LakeQuery(name), window), began_at

    def _filed_until(self, last_day: str) -> str:
        """The newest day, up to that one, of which the PSP's file is there; empty when none is."""
        files = self.settling.files.of_days(self.run.psp, self.run.first_day, last_day)
        return max((one.day for one in files if one.kind is SourceKind.SETTLEMENT), default="")

    def chunk(self, query_id: str, number: int) -> tuple[str, int]:
        """Lay a pass's differences out in portions; the list's key, and how many lines differ."""
        differing = 0
        files = self.settling.files

        def counted(one: Difference) -> Difference:
            nonlocal differing
            is_line = one.sides in (Sides.THEIRS, Sides.BOTH) and one.category in MOVEMENTS
            differing += is_line and one.day == self.run.day
            return one

        listed = list_differences(self.run, self._first_day(), query_id, self.queries(), files)
        key, _ = portion_differences(map(counted, listed), number, self.papers)
        matched = agreeing_lines(self.run, files, differing)
        self.papers.write(MATCHED, json.dumps(matched).encode(), JSON)
        return key, differing

    def judge(self, portion: str, number: int, began_at: Instant) -> dict[str, int]:
        """Judge one portion; what was counted."""
        differences = read_portion(portion, self.papers)
        judged = judge_differences(differences, self._look(number, began_at), self.judging)
        keep_judged(portion, judged.counts, judged.messages, self.papers)
        return dict(judged.counts)

    def close(self, number: int, began_at: Instant) -> int:
        """Match the breaks that this pass no longer found; how many."""
        return close_matched_breaks(self._look(number, began_at), self.judging.books)

    def repair(self, number: int) -> int:
        """Ask after what this pass found late on our side; how much of it may come any moment."""
        _, counts = repair_late(portions_name(number), self.outbox(), self.papers)
        return counts.get(UNDER_WAY, 0)

    def settle(self) -> list[str]:
        """Book what the bank has shown; the journals."""
        return settle_batches(self.run, self.settling)

    def explain(self, query_id: str) -> dict[str, int]:
        """What nothing explains of the PSP's account, by currency."""
        breaks = self.judging.books.breaks
        papers = (self.papers, self.shared)
        found = explain_balance(self.run, query_id, self.queries(), breaks, *papers)
        return found.unexplained

    def report(self) -> View:
        """Draw the report up and end the run; the run, and the notice that its report is there."""
        matched = json.loads(self.papers.read(MATCHED) or b"0")
        residuals = read_residuals(self.papers)
        ended = report_run(self.run, matched, residuals, self.papers, self.reporting)
        drawn_up = self.papers.read(f"{REPORT}.json")
        if drawn_up is None:
            return run_view(ended)
        subject, text = notice(json.loads(drawn_up))
        return {**run_view(ended), "subject": subject, "notice": text}

    def fail(self, error: str) -> str:
        """Record that the run failed, unless it has ended; its state."""
        if self.run.status is not RunStatus.RUNNING:
            return str(self.run.status)
        now = self.reporting.clock.now()
        failed = self.run.ended(RunStatus.FAILED, now, failure=error[:200])
        self.reporting.runs.replace(self.run, failed)
        return str(failed.status)

    def _look(self, number: int, began_at: Instant) -> Look:
        run = self.run
        mark = f"{run.execution}#{number}"
        return Look(run.run_id, run.psp, run.day, self._first_day(), mark, began_at)

    def _first_day(self) -> str:
        """The oldest day that the newest match looked at."""
        kept = self.papers.read(FIRST_DAY)
        return str(json.loads(kept)) if kept else self.run.first_day

    def _judged_day(self) -> str:
        """The newest day that was judged: that of a newer run, when an older day is run again."""
        newest = self.reporting.runs.newest(self.run.psp, None, WINDOW_DAYS)
        judged = [run.day for run in newest if run.status is RunStatus.COMPLETED]
        return max([self.run.day, *judged])

    def _oldest_day(self) -> str:
        """The oldest day to look at: that of the oldest break that still waits, within bounds."""
        run = self.run
        open_breaks = self.judging.books.breaks.open_breaks(run.psp)
        oldest = min((brk.day for brk in open_breaks), default=run.day)
        return min(run.first_day, max(oldest, run.reach_day))
