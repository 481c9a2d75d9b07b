"""What the analytics service answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from countinghouse_aws.edge.answers import Answers, Instant, Problem, Shown


class Column(Shown):
    """One column of a report."""

    name: str
    kind: Literal["text", "integer"]


class ReportTable(Shown):
    """A report. Amounts are minor units of their row's currency, shares (`_bp`) basis points."""

    report: str
    from_: str = Field(alias="from")
    to: str
    as_of: Instant = Field(description="when the lake was asked")
    bytes_scanned: int
    columns: list[Column]
    rows: list[dict[str, str | int | None]]
    truncated: bool = Field(description="whether there are more rows than an answer has")


class ReportUnderWay(Shown):
    """A report whose query is still at work: the same call again with its `query_id`."""

    report: str
    from_: str = Field(alias="from")
    to: str
    query_id: str


ANSWERS: Answers = {
    "GET /v1/analytics/{report}": {
        200: ReportTable,
        202: ReportUnderWay,
        404: Problem,
        422: Problem,
        503: Problem,
    },
}
