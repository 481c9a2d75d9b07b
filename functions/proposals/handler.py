"""The HTTP edge of bookings that wait for a second person."""

from __future__ import annotations

from typing import Any

from countinghouse.domain.errors import NotFound
from countinghouse.proposal_views import proposal_view
from countinghouse.usecases.approve_proposal import approve_proposal
from countinghouse.usecases.cancel_proposal import cancel_proposal
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from countinghouse_aws.observability import count, logger, metrics
from functions.proposals import schema
from functions.proposals.wiring import Deps, deps


def list_proposals(_: Request, query: schema.ProposalsQuery, ports: Deps) -> Answer:
    """Those that wait, or stand otherwise, newest first."""
    now = ports.clock.now()
    page = ports.proposals.find(query.to_query(now))
    data = [proposal_view(proposal, now) for proposal in page.proposals]
    return Answer(200, {"data": data, "next_cursor": page.next_cursor})


def read_proposal(request: Request, ports: Deps) -> Answer:
    """One proposal as it stands."""
    proposal_id = request.path["proposal_id"]
    proposal = ports.proposals.get(proposal_id)
    if proposal is None:
        raise NotFound(f"there is no proposal {proposal_id}")
    return Answer(200, proposal_view(proposal, ports.clock.now()))


def approve(request: Request, ports: Deps) -> Answer:
    """Book what somebody else proposed."""
    proposal_id, caller = request.path["proposal_id"], request.caller
    booked = approve_proposal(proposal_id, caller, ports.proposals, ports.ledger, ports.clock)
    count("ProposalBooked")
    extra = {"proposal_id": proposal_id, "ledger_id": booked.ledger_id, "caller": caller}
    logger().info("proposal booked", extra=extra)
    return Answer(200, proposal_view(booked, ports.clock.now()))


def cancel(request: Request, ports: Deps) -> Answer:
    """Call off what was proposed."""
    proposal_id, caller = request.path["proposal_id"], request.caller
    cancelled = cancel_proposal(proposal_id, caller, ports.proposals, ports.clock)
    extra = {"proposal_id": proposal_id, "caller": caller}
    logger().info("proposal cancelled", extra=extra)
    return Answer(200, proposal_view(cancelled, ports.clock.now()))


ONE = "/v1/ledger/proposals/{proposal_id}"
DECIDERS = ("finance", "approver")
READERS = (*DECIDERS, "support")

ROUTES = (
    Route(
        "GET /v1/ledger/proposals",
        READERS,
        list_proposals,
        "Bookings that wait for a second person, newest first",
        query=schema.ProposalsQuery,
    ),
    Route(f"GET {ONE}", READERS, read_proposal, "A proposed booking"),
    Route(f"POST {ONE}/approve", ("approver",), approve, "Book what somebody else proposed"),
    Route(f"POST {ONE}/cancel", DECIDERS, cancel, "Call off a proposed booking"),
)


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One HTTP request."""
    return serve(ROUTES, event, deps)
