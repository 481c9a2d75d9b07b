"""What the audits' edge answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from countinghouse_aws.edge.answers import Answers, Instant, Problem, Shown


class Finding(Shown):
    """Something that an audit found wrong with the books."""

    finding_id: str
    code: Literal[
        "unsound",
        "trial_balance",
        "wallet_differs_from_journals",
        "wallet_unbalanced",
        "book_damaged",
        "window_unbalanced",
        "seal_broken",
        "seal_chain_broken",
        "seal_differs_from_lake",
    ]
    detail: str
    stops: list[str] = Field(
        description="currencies whose payouts it stops while it is open; `*` is every one"
    )
    status: Literal["open", "acknowledged"]
    found_at: Instant
    acknowledged_at: Instant | None = None
    acknowledged_by: str | None = None
    reason: str | None = None


class FindingList(Shown):
    """A page of findings, newest first."""

    data: list[Finding]
    next_cursor: str | None = None


ANSWERS: Answers = {
    "GET /v1/audit/findings": {200: FindingList, 422: Problem},
    "POST /v1/audit/findings/{finding_id}/acknowledge": {
        200: Finding,
        404: Problem,
        409: Problem,
        422: Problem,
    },
}
