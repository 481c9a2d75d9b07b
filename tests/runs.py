"""Reconciliation runs, file records and lines, with what a test does not care about filled in."""

from __future__ import annotations

import hashlib
from typing import Any

from countinghouse.domain.instants import start_of_day
from countinghouse.domain.reconciliation import FileRecord, FileStatus, Run, RunStatus, SourceKind
from countinghouse.domain.settlement import (
    BankCategory,
    BankLine,
    BatchTotal,
    Category,
    SettlementLine,
)

PSP, DAY = "sandbox", "2026-11-22"
NIGHT = start_of_day("2026-11-23")


def a_run(status: RunStatus = RunStatus.RUNNING, **changes: Any) -> Run:
    """The sandbox's run of the 22nd, started at midnight after it."""
    facts: dict[str, Any] = {
        "psp": PSP,
        "day": DAY,
        "status": status,
        "execution": "rec_sandbox_20261122-1",
        "requested_by": "ada",
        "started_at": NIGHT,
        "finished_at": None if status is RunStatus.RUNNING else NIGHT + 1,
    }
    return Run(**(facts | changes))


def a_total(batch: str = "B1", currency: str = "EUR", **changes: Any) -> BatchTotal:
    """A batch of two lines that adds up."""
    facts: dict[str, Any] = {
        "lines": 2,
        "gross": 1_000,
        "fee": 30,
        "expected_fee": 30,
        "net": 970,
        "paid_out": 970,
    }
    return BatchTotal(batch, currency, **(facts | changes))


def a_file(file_id: str = "f" * 32, **changes: Any) -> FileRecord:
    """An accepted settlement file of that day."""
    facts: dict[str, Any] = {
        "psp": PSP,
        "day": DAY,
        "kind": SourceKind.SETTLEMENT,
        "name": "settlement-2026-11-22.csv",
        "layout": "sandbox",
        "key": "settlement-files/sandbox/2026-11-22/settlement/settlement-2026-11-22.csv",
        "status": FileStatus.ACCEPTED,
        "received_at": NIGHT,
    }
    return FileRecord(file_id, **(facts | changes))


def a_statement(file_id: str = "b" * 32, **changes: Any) -> FileRecord:
    """The bank's statement of that day, which shows batch B1 in full."""
    facts: dict[str, Any] = {
        "kind": SourceKind.BANK,
        "name": "bank-2026-11-22.csv",
        "layout": "sandbox_bank",
        "key": "settlement-files/sandbox/2026-11-22/bank/bank-2026-11-22.csv",
        "arrived": {"B1|EUR": 970},
    }
    return a_file(file_id, **(facts | changes))


def a_line(
    number: int,
    category: Category = Category.CAPTURE,
    gross: int = 1_000,
    fee: int = 0,
    **changes: Any,
) -> SettlementLine:
    """A line of batch B1; its references and its hash come from its number."""
    facts: dict[str, Any] = {
        "line_hash": hashlib.sha256(f"line {number}".encode()).hexdigest()[:32],
        "file_id": "f" * 32,
        "psp": PSP,
        "batch": "B1",
        "raw_type": str(category),
        "merchant_reference": f"o{number}",
        "psp_reference": f"ch_{number}",
        "modification_reference": "",
        "currency": "EUR",
        "net": gross - fee,
        "original_currency": "",
        "original_gross": 0,
        "booked_at": NIGHT,
        "settlement_day": DAY,
    }
    return SettlementLine(
        line_no=number, category=category, gross=gross, fee=fee, **(facts | changes)
    )


def a_bank_line(
    number: int,
    amount: int = 970,
    category: BankCategory = BankCategory.SETTLEMENT,
    **changes: Any,
) -> BankLine:
    """A line of the bank's statement: what arrived of batch B1."""
    facts: dict[str, Any] = {
        "line_hash": hashlib.sha256(f"bank {number}".encode()).hexdigest()[:32],
        "file_id": "b" * 32,
        "account": PSP,
        "reference": "B1",
        "currency": "EUR",
        "value_day": DAY,
    }
    return BankLine(line_no=number, category=category, amount=amount, **(facts | changes))
