"""What the reconciliation service answers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from countinghouse_aws.edge.answers import Answers, Instant, Problem, Shown


class ReconciliationFailure(Shown):
    """Why a run failed."""

    code: str


class CurrencyTotals(Shown):
    """What the day's files come to in one currency, minor units."""

    gross: int
    fee: int
    net: int
    paid_out: int
    arrived: int
    settled: int


class Reconciliation(Shown):
    """One PSP's day."""

    run_id: str
    psp: str
    date: str
    status: Literal["running", "completed", "failed"]
    started_at: Instant
    finished_at: Instant | None = None
    counts: dict[str, int] | None = Field(
        default=None, description="lines, matched, and breaks by how they stand"
    )
    totals: dict[str, CurrencyTotals] | None = Field(default=None, description="by currency")
    report_url: str | None = None
    failure: ReconciliationFailure | None = None


class ReconciliationList(Shown):
    """A PSP's runs, newest day first."""

    data: list[Reconciliation]
    next_cursor: str | None


class BreakSide(Shown):
    """What one side says; minor units with our sign."""

    amount: int
    currency: str
    fee: int


class BreakResidual(Shown):
    """What a break leaves on the PSP's account in one currency, minor units."""

    amount: int
    currency: str


class LinePlace(Shown):
    """Where a line stands."""

    file_id: str
    line: int


class BreakResolution(Shown):
    """What was done about a break, or is asked for; without `resolved_at` it waits for approval."""

    action: str
    reason: str
    requested_by: str
    requested_at: Instant
    approved_by: str | None = None
    ledger_id: str | None = None
    rule_id: str | None = None
    rule_version: int | None = None
    resolved_at: Instant | None = None


class Break(Shown):
    """One difference between our books and the PSP's or the bank's."""

    break_id: str
    code: str
    status: Literal[
        "expected",
        "open",
        "pending_approval",
        "matched",
        "auto_resolved",
        "manually_resolved",
        "written_off",
        "void",
    ]
    psp: str
    run_id: str
    day: str
    age_days: int
    order_id: str | None = None
    psp_reference: str | None = None
    suggestion: str | None = None
    expected: BreakSide | None = None
    actual: BreakSide | None = None
    residuals: list[BreakResidual]
    left: list[BreakResidual] = Field(description="what of it still stands on the PSP's account")
    evidence: list[str]
    detail: str
    journals: list[str]
    history: list[BreakResolution]
    resolution: BreakResolution | None = None
    file: LinePlace | None = None
    version: int
    opened_at: Instant
    updated_at: Instant


class BreakList(Shown):
    """A page of breaks, oldest first."""

    data: list[Break]
    next_cursor: str | None


class ReconciliationReport(Shown):
    """The report of a run; docs/reconciliation.md explains its fields."""

    verdict: str
    agrees: bool
    run_id: str
    psp: str
    day: str
    as_of: Instant
    account: str
    files: list[dict[str, Any]]
    counts: dict[str, Any]
    totals: dict[str, CurrencyTotals]
    explanation: dict[str, dict[str, int]]
    trial_balance: dict[str, int]
    resolved_by_rule: list[dict[str, Any]]
    ageing: dict[str, Any]
    breaks: list[dict[str, Any]]


ANSWERS: Answers = {
    "POST /v1/reconciliations": {202: Reconciliation, 422: Problem, 503: Problem},
    "GET /v1/reconciliations": {200: ReconciliationList, 422: Problem},
    "GET /v1/reconciliations/{run_id}": {200: Reconciliation, 404: Problem},
    "GET /v1/reconciliations/{run_id}/report": {
        200: ReconciliationReport,
        404: Problem,
        422: Problem,
    },
    "GET /v1/reconciliations/{run_id}/breaks": {200: BreakList, 404: Problem, 422: Problem},
    "GET /v1/breaks/{break_id}": {200: Break, 404: Problem},
    "POST /v1/breaks/{break_id}/resolve": {
        202: Break,
        403: Problem,
        404: Problem,
        409: Problem,
        422: Problem,
    },
}
