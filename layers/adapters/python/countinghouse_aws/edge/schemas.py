"""Field types and answer shapes that several functions' edges share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from countinghouse.domain.money import AMOUNT_MAX, EXPONENTS


def _known_currency(code: str) -> str:
    if code not in EXPONENTS:
        raise ValueError("not an ISO 4217 currency code")
    return code


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
AmountMinor = Annotated[
    int, Field(strict=True, gt=0, le=AMOUNT_MAX, description="minor units, an integer")
]
Currency = Annotated[
    str,
    StringConstraints(min_length=3, max_length=3),
    AfterValidator(_known_currency),
    Field(description="ISO 4217 code"),
]
Method = Literal["credit_card", "debit_card", "wallet", "qr"]
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=512)]
PspToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,128}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Instant = Annotated[str, Field(description="RFC 3339, UTC", examples=["2026-11-22T07:34:00.000Z"])]


class Strict(BaseModel):
    """A request body: unknown fields are refused, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Shown(BaseModel):
    """An answer's shape, for the API document. Nothing that is deployed ever builds one."""

    # Building validators that nobody calls would cost every cold start some 26 M instructions.
    model_config = ConfigDict(extra="forbid", defer_build=True)


class FieldProblem(Shown):
    """One refused field."""

    field: str
    code: str
    message: str


class Problem(Shown):
    """An RFC 9457 problem."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldProblem] | None = None


class Failure(Shown):
    """Why an order was not paid."""

    code: str
    message: str
    decline_type: Literal["soft", "hard"]


class NextAction(Shown):
    """What the buyer must do now."""

    type: Literal["redirect", "qr_code", "three_ds"]
    url: str | None = None
    qr_payload: str | None = None
    expires_at: Instant


class Leg(Shown):
    """One line of a journal."""

    account: str
    amount: int
    currency: str
    transact_type: Literal["debit", "credit"]


class Journal(Shown):
    """A balanced booking."""

    ledger_id: str
    kind: str
    reference: str
    legs: list[Leg]
    event_at: Instant
    created_at: Instant


class JournalList(Shown):
    """A page of journals."""

    data: list[Journal]
    next_cursor: str | None = None
