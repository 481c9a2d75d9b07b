"""What the billing service answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from countinghouse_aws.edge.answers import Answers, FeeTax, Instant, Problem, Shown


class BucketAmounts(Shown):
    """One amount for each balance of a wallet, minor units."""

    pending: int
    available: int
    reserved: int
    in_payout: int
    disputed: int
    debt: int


class StatementLine(Shown):
    """One journal: what it did to each balance, and the platform's fee and tax in it.

    A payout in another currency says what it sent; below zero, what came back.
    """

    event_at: Instant
    created_at: Instant
    ledger_id: str
    kind: str
    reference: str
    changes: BucketAmounts
    fee: int
    tax: int
    payout_amount: int | None = None
    payout_currency: str | None = None


class KindTotal(Shown):
    """All journals of one kind."""

    count: int
    changes: BucketAmounts
    fee: int
    tax: int


class DocumentLine(Shown):
    """One order's fee and tax on a document."""

    reference: str
    fee: int
    tax: int
    total: int


class DocumentTax(FeeTax):
    """What a document's lines under one tax rule come to."""

    fee: int
    tax: int


class Document(Shown):
    """An invoice for the platform's fees, or a credit note for fees given back."""

    number: str
    kind: Literal["invoice", "credit_note"]
    issued_at: Instant
    issuer: str
    seller_id: str
    currency: str
    month: str
    lines: list[DocumentLine]
    fee: int
    tax: int
    total: int
    taxes: list[DocumentTax] | None = None


class Statement(Shown):
    """One currency's statement: opening and lines add up to closing, balance by balance."""

    seller_id: str
    currency: str
    month: str
    status: Literal["closed", "preliminary"]
    closed_at: Instant | None = None
    opening: BucketAmounts
    closing: BucketAmounts
    lines: list[StatementLine]
    totals: dict[str, KindTotal]
    fee: int
    tax: int
    documents: list[Document]
    digest: str = Field(description="SHA-256 over what the statement says, in canonical JSON")


class StatementList(Shown):
    """A seller's statements of a month, one a currency."""

    seller_id: str
    month: str
    status: Literal["closed", "preliminary"]
    statements: list[Statement]


class Started(Shown):
    """A close that has begun."""

    month: str
    status: Literal["closing"]


class ClosedBooks(Shown):
    """One currency's trial balance: debit positive, credit negative."""

    total: int
    accounts: dict[str, int]


class ClearingAges(Shown):
    """A clearing account's open items by age in days."""

    residual: int
    items: dict[str, int]
    amounts: dict[str, int]


class FeeRevenue(Shown):
    """The platform's fee and tax of the month from one seller."""

    owner: str
    currency: str
    fee: int
    tax: int


class ClosePack(Shown):
    """What finance gets at a month's close."""

    month: str
    closed_at: Instant
    trial_balance: dict[str, ClosedBooks]
    clearing: dict[str, dict[str, ClearingAges]]
    fees: list[FeeRevenue]
    unreadable: list[str]


class BillReport(Shown):
    """How many sellers there are, and who has no bill."""

    month: str
    sellers: int
    unbilled: list[str]


class Close(Shown):
    """A month's close as it stands."""

    month: str
    status: Literal["open", "closing", "closed"]
    closed_at: Instant | None = None
    pack: ClosePack | None = None
    report: BillReport | None = None


ANSWERS: Answers = {
    "GET /v1/sellers/{seller_id}/statements/{month}": {
        200: StatementList,
        404: Problem,
        409: Problem,
        422: Problem,
    },
    "POST /v1/billing/closes": {202: Started, 409: Problem, 422: Problem},
    "GET /v1/billing/closes/{month}": {200: Close, 422: Problem},
}
