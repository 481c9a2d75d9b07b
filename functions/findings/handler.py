"""The audits' HTTP edge."""

from __future__ import annotations

from typing import Any

from countinghouse.audit_views import finding_view
from countinghouse.usecases.acknowledge_finding import acknowledge_finding
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.observability import count, logger, metrics
from functions.findings import schema
from functions.findings.wiring import Deps, deps


def list_findings(_: Request, query: schema.FindingsQuery, ports: Deps) -> Answer:
    """Every finding, open or answered for, newest first."""
    page = ports.findings.find(query.cursor, query.limit)
    data = [finding_view(finding) for finding in page.findings]
    return Answer(200, {"data": data, "next_cursor": page.next_cursor})


def acknowledge(request: Request, body: schema.AcknowledgementBody, ports: Deps) -> Answer:
    """Answer for a finding, so that payouts go on."""
    finding_id, caller = request.path["finding_id"], request.caller
    finding = acknowledge_finding(finding_id, caller, body.reason, ports.findings, ports.clock)
    count("FindingAcknowledged")
    logger().info("finding acknowledged", extra={"finding_id": finding_id, "caller": caller})
    return Answer(200, finding_view(finding))


ROUTES = (
    Route(
        "GET /v1/audit/findings",
        ("finance", "approver", "support", "operator"),
        list_findings,
        "What audits found, newest first",
        query=schema.FindingsQuery,
    ),
    Route(
        "POST /v1/audit/findings/{finding_id}/acknowledge",
        ("approver",),
        acknowledge,
        "Answer for a finding, so that it stops no payouts any more",
        body=schema.AcknowledgementBody,
    ),
)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
