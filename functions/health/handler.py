"""Health's HTTP edge."""

from __future__ import annotations

from typing import Any

from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.observability import metrics
from functions.health.wiring import Deps, deps


def read_health(request: Request, ports: Deps) -> Answer:
    """Version and stage, nothing more."""
    return Answer(200, {"version": ports.version, "stage": ports.stage})


ROUTES = (Route("GET /v1/health", (), read_health, "Version and stage"),)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
