"""A desk of reports in memory: queries that take so many looks, and end as they are told to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from countinghouse.domain.analytics import Question, ReportState, Table
from tests.fakes.clock import FakeClock


@dataclass
class FakeReportDesk:
    """Every query is under way for `looks` looks and then is `end`; `tables` has what it finds."""

    tables: dict[Question, Table] = field(default_factory=dict)
    looks: int = 0
    end: ReportState = ReportState.DONE
    asked: dict[str, Question] = field(default_factory=dict)
    _seen: dict[str, int] = field(default_factory=dict)

    def ask(self, question: Question) -> str:
        query_id = f"{len(self.asked) + 1:08x}-cafe-4bad-8fed-c0ffee000000"
        self.asked[query_id] = question
        return query_id

    def state(self, query_id: str, question: Question) -> ReportState | None:
        if self.asked.get(query_id) != question:
            return None
        seen = self._seen.get(query_id, 0)
        self._seen[query_id] = seen + 1
        return self.end if seen >= self.looks else ReportState.RUNNING

    def table(self, query_id: str, question: Question) -> Table:
        assert self.asked[query_id] == question
        return self.tables.get(question, Table((), as_of=0, scanned=0))


@dataclass
class FakePause:
    """Pauses that pass on a clock and take no time; `taken` are their lengths."""

    clock: FakeClock
    taken: list[int] = field(default_factory=list)

    def __call__(self, milliseconds: int) -> None:
        self.taken.append(milliseconds)
        self.clock.advance(milliseconds)


def table(*rows: Mapping[str, str | int | None], cut: bool = False) -> Table:
    """A table of these rows."""
    return Table(rows, as_of=1_764_000_000_000, scanned=4_096, cut=cut)
