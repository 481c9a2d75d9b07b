"""What callers send about findings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from countinghouse_aws.edge.schemas import Strict, Text

Cursor = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class FindingsQuery(Strict):
    """Which findings."""

    cursor: Cursor | None = None
    limit: int = Field(default=20, ge=1, le=100, strict=False)


class AcknowledgementBody(Strict):
    """Why payouts may go on; it stands beside the finding for good."""

    reason: Text
