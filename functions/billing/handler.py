"""The billing service's HTTP edge."""

from __future__ import annotations

from typing import Any

from countinghouse.domain.close import parse_month
from countinghouse.usecases.read_close import read_close
from countinghouse.usecases.read_statement import MEDIA_TYPES, Format, Wanted, read_statement
from countinghouse.usecases.start_close import start_close
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.observability import metrics
from functions.billing import schema
from functions.billing.wiring import Deps, deps

READERS = ("finance", "support")


def get_statement(request: Request, query: schema.StatementQuery, ports: Deps) -> Answer:
    """A seller's statement of a month: as it was stored at the close, else a preliminary one."""
    wanted = Wanted(
        request.path["seller_id"],
        parse_month(request.path["month"]),
        Format(query.format),
        query.currency,
    )
    content = read_statement(wanted, ports.shelf)
    name = f"statement-{wanted.month}.{wanted.format}"
    shown = {"content-disposition": f'attachment; filename="{name}"'}
    headers = {} if wanted.format is Format.JSON else shown
    return Answer(200, content, headers, MEDIA_TYPES[wanted.format])


def create_close(_: Request, body: schema.CloseBody, ports: Deps) -> Answer:
    """Start closing a month; a month that is closed already is run again, to mend what it lacks."""
    month = parse_month(body.month)
    start_close(month, ports.shelf.closes, ports.workflow, ports.clock, early=ports.early)
    return Answer(202, {"month": month, "status": "closing"})


def get_close(request: Request, ports: Deps) -> Answer:
    """A month's close as it stands, with its pack once that is made."""
    month = parse_month(request.path["month"])
    return Answer(200, read_close(month, ports.shelf.closes, ports.shelf.documents))


ROUTES = (
    Route(
        "GET /v1/sellers/{seller_id}/statements/{month}",
        READERS,
        get_statement,
        "A seller's statement of a month",
        query=schema.StatementQuery,
        media_types=(MEDIA_TYPES[Format.CSV], MEDIA_TYPES[Format.PDF]),
    ),
    Route(
        "POST /v1/billing/closes",
        ("finance",),
        create_close,
        "Close a month and bill every seller",
        body=schema.CloseBody,
    ),
    Route(
        "GET /v1/billing/closes/{month}",
        ("finance",),
        get_close,
        "A month's close and its pack",
    ),
)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
