"""What callers send to the reconciliation service."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from countinghouse_aws.edge.schemas import Strict

Psp = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9_]{1,32}$"),
    Field(description="a PSP", examples=["sandbox"]),
]
Day = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
    Field(description="a day, UTC", examples=["2026-11-22"]),
]
Limit = Annotated[int, Field(ge=1, le=100, strict=False)]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=500)]


class ReconciliationBody(Strict):
    """The day to reconcile."""

    psp: Psp
    date: Day


class RunsQuery(Strict):
    """Whose runs, and of which day; a PSP's newest first when no day is named."""

    psp: Psp
    date: Day | None = None
    limit: Limit = 20
    cursor: Day | None = None


class BreaksQuery(Strict):
    """A page of the breaks that a run was the first to find, or with `open` all of its PSP's that
    are not settled."""

    open: bool = Field(default=False, strict=False)
    limit: Limit = 20
    cursor: Cursor | None = None


class ReportQuery(Strict):
    """In which format."""

    format: Literal["json", "csv", "html"] = "json"


class ResolveBody(Strict):
    """What is done about a break, and why; beyond a limit a second person has to approve it."""

    action: Literal[
        "write_off",
        "expense",
        "to_unallocated",
        "from_unallocated",
        "void",
        "reopen",
        "approve",
        "reject",
    ]
    reason: Reason
