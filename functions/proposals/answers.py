"""What is answered about proposed bookings."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from countinghouse_aws.edge.answers import Answers, Problem, Proposal, Shown


class ProposalList(Shown):
    """A page of proposals, newest first."""

    data: list[Proposal]
    next_cursor: str | None = None


_DECIDED: Mapping[int, type[BaseModel]] = {200: Proposal, 404: Problem, 409: Problem, 503: Problem}

ANSWERS: Answers = {
    "GET /v1/ledger/proposals": {200: ProposalList, 422: Problem},
    "GET /v1/ledger/proposals/{proposal_id}": {200: Proposal, 404: Problem},
    "POST /v1/ledger/proposals/{proposal_id}/approve": {**_DECIDED, 422: Problem},
    "POST /v1/ledger/proposals/{proposal_id}/cancel": _DECIDED,
}
