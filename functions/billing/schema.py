"""What callers send to the billing service."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from countinghouse_aws.edge.schemas import Currency, Strict

Month = Annotated[
    str,
    StringConstraints(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$"),
    Field(description="a calendar month, UTC", examples=["2026-11"]),
]


class StatementQuery(Strict):
    """In which format, and of which currency; all of them when none is named."""

    format: Literal["json", "csv", "pdf"] = "json"
    currency: Currency | None = None


class CloseBody(Strict):
    """The month to close."""

    month: Month
