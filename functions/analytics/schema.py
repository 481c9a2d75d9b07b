"""What callers send to the analytics service."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from countinghouse_aws.edge.schemas import Strict

Day = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    Field(description="a day, UTC", examples=["2026-11-22"]),
]


class ReportQuery(Strict):
    """For which days, both included and a year at most; and the query to go on with, if any."""

    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="to")
    query_id: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="of an answer 202: the same call again with it waits for the same query",
    )
