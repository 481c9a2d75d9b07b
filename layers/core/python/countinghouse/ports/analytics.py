"""Where reports are asked for and picked up: the queries over the lake."""

from collections.abc import Callable
from typing import Protocol

from countinghouse.domain.analytics import Question, ReportState, Table

Pause = Callable[[int], None]
"""Waits so many milliseconds."""


class ReportDesk(Protocol):
    """Runs a report's query. Every method may raise Unavailable."""

    def ask(self, question: Question) -> str:
        """Start the query; its id."""
        ...

    def state(self, query_id: str, question: Question) -> ReportState | None:
        """How far it is; None when there is no such query, or it answers another question."""
        ...

    def table(self, query_id: str, question: Question) -> Table:
        """What it found. Only for a query that is done."""
        ...
