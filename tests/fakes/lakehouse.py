"""The lake's queries with answers laid ready (tests/contract)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from countinghouse.domain.difference import Difference
from countinghouse.domain.errors import Invalid
from countinghouse.domain.reconciliation import parse_day
from countinghouse.ports.lakehouse import BatchStanding, LakeQuery, QueryState, Residual, Window


@dataclass
class FakeLakeQueries:
    """Every query succeeds at once unless `outcome` says otherwise.

    `started` holds what was asked, by id; `fail` are calls that do not come through.
    """

    found: Sequence[Difference] = ()
    standings: Sequence[BatchStanding] = ()
    left: Sequence[Residual] = ()
    outcome: QueryState = QueryState.SUCCEEDED
    started: dict[str, tuple[LakeQuery, Window]] = field(default_factory=dict)
    fail: list[Exception] = field(default_factory=list)

    def start(self, query: LakeQuery, window: Window) -> str:
        self._fail()
        _check(window)
        query_id = f"query-{len(self.started) + 1}"
        self.started[query_id] = (query, window)
        return query_id

    def state(self, query_id: str) -> QueryState:
        self._fail()
        if query_id not in self.started:
            raise Invalid("there is no such query")
        return self.outcome

    def differences(self, query_id: str) -> Iterator[Difference]:
        self._expect(query_id, LakeQuery.MATCH)
        yield from self.found

    def totals(self, query_id: str) -> Iterator[BatchStanding]:
        self._expect(query_id, LakeQuery.TOTALS)
        yield from self.standings

    def residuals(self, query_id: str) -> Iterator[Residual]:
        self._expect(query_id, LakeQuery.RESIDUALS)
        yield from self.left

    def _expect(self, query_id: str, query: LakeQuery) -> None:
        state = self.state(query_id)
        if state is not QueryState.SUCCEEDED or self.started[query_id][0] is not query:
            raise Invalid("that query has no such result")

    def _fail(self) -> None:
        if self.fail:
            raise self.fail.pop(0)


@dataclass
class FakeLakehouse:
    """The same for whoever waits."""

    queries: FakeLakeQueries = field(default_factory=FakeLakeQueries)

    def differences(self, window: Window) -> Iterator[Difference]:
        return self.queries.differences(self.queries.start(LakeQuery.MATCH, window))

    def totals(self, window: Window) -> Iterator[BatchStanding]:
        return self.queries.totals(self.queries.start(LakeQuery.TOTALS, window))

    def residuals(self, window: Window) -> Iterator[Residual]:
        return self.queries.residuals(self.queries.start(LakeQuery.RESIDUALS, window))


def _check(window: Window) -> None:
    if not re.fullmatch(r"[a-z0-9_]{1,64}", window.psp):
        raise Invalid("that is not a PSP", field="psp")
    if parse_day(window.first_day) > parse_day(window.last_day):
        raise Invalid("the first day comes after the last", field="first_day")
