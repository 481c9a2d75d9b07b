"""The analytics service's HTTP edge."""

from __future__ import annotations

from typing import Any

from countinghouse.domain.analytics import COLUMNS, question
from countinghouse.domain.instants import rfc3339
from countinghouse.usecases.run_report import run_report
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.observability import metrics
from functions.analytics import schema
from functions.analytics.wiring import Deps, deps

RETRY_AFTER_S = 2


def get_report(request: Request, query: schema.ReportQuery, ports: Deps) -> Answer:
    """A report over some days. While its query is at work: 202 with the `query_id` to repeat."""
    asked = question(request.path["report"], query.first_day, query.last_day)
    found = run_report(asked, query.query_id, ports.desk, ports.clock, ports.pause)
    known = {"report": asked.report, "from": asked.first_day, "to": asked.last_day}
    if found.table is None:
        body = {**known, "query_id": found.query_id}
        return Answer(202, body, {"Retry-After": str(RETRY_AFTER_S)})
    columns = [{"name": name, "kind": kind} for name, kind in COLUMNS[asked.report].items()]
    return Answer(
        200,
        {
            **known,
            "as_of": rfc3339(found.table.as_of),
            "bytes_scanned": found.table.scanned,
            "columns": columns,
            "rows": found.table.rows,
            "truncated": found.table.cut,
        },
    )


ROUTES = (
    Route(
        "GET /v1/analytics/{report}",
        ("finance", "support"),
        get_report,
        "A report over some days",
        query=schema.ReportQuery,
    ),
)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
