"""The PSPs' HTTP edge."""

from __future__ import annotations

from typing import Any

from countinghouse.psp_views import psp_view
from countinghouse.usecases.list_psps import list_psps
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.observability import metrics
from functions.psps.wiring import Deps, deps


def read_psps(_: Request, ports: Deps) -> Answer:
    """Every PSP: what it takes, and whether it is called."""
    now = ports.clock.now()
    return Answer(
        200, {"data": [psp_view(one, now) for one in list_psps(ports.psps, ports.breakers)]}
    )


ROUTES = (
    Route(
        "GET /v1/psps",
        ("support", "operator", "finance"),
        read_psps,
        "The PSPs: what each takes, and its circuit breaker",
    ),
)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
