"""The reconciliation service's HTTP edge."""

from __future__ import annotations

from typing import Any

from countinghouse.domain.break_requests import ResolveRequest
from countinghouse.domain.breaks import BreakAction
from countinghouse.domain.errors import Invalid, NotFound, Rejected
from countinghouse.domain.reconciliation import Run, parse_run_id
from countinghouse.ports.breaks import BreakQuery
from countinghouse.reconciliation_views import break_view
from countinghouse.run_views import View, run_view
from countinghouse.usecases.list_breaks import list_breaks
from countinghouse.usecases.resolve_break import resolve_break
from countinghouse.usecases.start_reconciliation import start_reconciliation
from countinghouse_aws.edge.access import roles_of
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.observability import logger, metrics
from functions.reconciliation import schema
from functions.reconciliation.wiring import Deps, deps

READERS = ("finance", "approver", "support")
REPLAYED = {"Idempotent-Replayed": "true"}
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8"}
BYTES_MAX = 4 * 1024 * 1024
"""What fits one answer of a function, whatever it is wrapped in."""


def create_run(request: Request, body: schema.ReconciliationBody, ports: Deps) -> Answer:
    """Reconcile a PSP's day; a day that was reconciled is looked at again."""
    return Answer(
        202, _shown(start_reconciliation(body.psp, body.date, request.caller, ports.starting))
    )


def list_runs(_: Request, query: schema.RunsQuery, ports: Deps) -> Answer:
    """A PSP's runs, newest day first."""
    if query.date is not None:
        run = ports.starting.runs.get(query.psp, query.date)
        return Answer(200, {"data": [_shown(run)] if run else [], "next_cursor": None})
    found = ports.starting.runs.newest(query.psp, query.cursor, query.limit + 1)
    page = found[: query.limit]
    more = page[-1].day if len(found) > query.limit else None
    return Answer(200, {"data": list(map(_shown, page)), "next_cursor": more})


def get_run(request: Request, ports: Deps) -> Answer:
    """A run as it stands."""
    return Answer(200, _shown(_run(request, ports)))


def get_report(request: Request, query: schema.ReportQuery, ports: Deps) -> Answer:
    """The report of a completed run."""
    run = _run(request, ports)
    content = ports.report(run, query.format)
    if content is None:
        raise NotFound("this run has no report yet")
    if len(content) > BYTES_MAX:
        where = f"too long for one answer; it is in the documents bucket beside {run.report_key}"
        raise Rejected(where, code="report_too_long")
    if query.format == "json":
        return Answer(200, content)
    name = f"reconciliation-{run.psp}-{run.day}.{query.format}"
    shown = {"content-disposition": f'inline; filename="{name}"'}
    return Answer(200, content, shown, MEDIA_TYPES[query.format])


def list_run_breaks(request: Request, query: schema.BreaksQuery, ports: Deps) -> Answer:
    """The breaks of a run, oldest first."""
    run = _run(request, ports)
    by_run, of_psp = (None, run.psp) if query.open else (run.run_id, None)
    page = list_breaks(BreakQuery(by_run, of_psp, query.cursor, query.limit), ports.books.breaks)
    now = ports.starting.clock.now()
    data = [break_view(brk, now) for brk in page.breaks]
    return Answer(200, {"data": data, "next_cursor": page.next_cursor})


def get_break(request: Request, ports: Deps) -> Answer:
    """A break as it stands."""
    brk = ports.books.breaks.get(request.path["break_id"])
    if brk is None:
        raise NotFound("there is no such break")
    return Answer(200, break_view(brk, ports.starting.clock.now()))


def resolve(request: Request, body: schema.ResolveBody, ports: Deps) -> Answer:
    """Decide about a break."""
    wanted = ResolveRequest(
        request.path["break_id"],
        BreakAction(body.action),
        body.reason,
        request.caller,
        may_approve="approver" in roles_of(request.caller, ports.grants),
    )
    resolved = resolve_break(wanted, ports.rules, ports.books)
    extra = {"break_id": wanted.break_id, "action": body.action, "caller": request.caller}
    logger().info("break decided", extra=extra)
    view = break_view(resolved.brk, ports.starting.clock.now())
    return Answer(202, view, REPLAYED if resolved.replayed else {})


def _run(request: Request, ports: Deps) -> Run:
    try:
        psp, day = parse_run_id(request.path["run_id"])
    except Invalid as error:
        raise NotFound("there is no such run") from error
    run = ports.starting.runs.get(psp, day)
    if run is None:
        raise NotFound("there is no such run")
    return run


def _shown(run: Run) -> View:
    url = f"/v1/reconciliations/{run.run_id}/report"
    return run_view(run) | ({"report_url": url} if run.report_key else {})


ROUTES = (
    Route(
        "POST /v1/reconciliations",
        ("finance", "operator"),
        create_run,
        "Reconcile a PSP's day",
        body=schema.ReconciliationBody,
    ),
    Route(
        "GET /v1/reconciliations",
        READERS,
        list_runs,
        "A PSP's runs, newest day first",
        query=schema.RunsQuery,
    ),
    Route("GET /v1/reconciliations/{run_id}", READERS, get_run, "A run as it stands"),
    Route(
        "GET /v1/reconciliations/{run_id}/report",
        READERS,
        get_report,
        "The report of a completed run",
        query=schema.ReportQuery,
        media_types=tuple(MEDIA_TYPES.values()),
    ),
    Route(
        "GET /v1/reconciliations/{run_id}/breaks",
        READERS,
        list_run_breaks,
        "The breaks that a run found, or all that are open",
        query=schema.BreaksQuery,
    ),
    Route("GET /v1/breaks/{break_id}", READERS, get_break, "A break as it stands"),
    Route(
        "POST /v1/breaks/{break_id}/resolve",
        ("finance", "approver"),
        resolve,
        "Decide about a break",
        body=schema.ResolveBody,
    ),
)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
