"""What each stream sample becomes in the lake: rows by table, and what is set aside."""

from __future__ import annotations

from dataclasses import dataclass

from tools.sample_events.gateway import SET

DAY = "2026-11-22"


@dataclass(frozen=True, slots=True)
class Case:
    """A sample, its rows as `table key what`, and how many records are set aside."""

    path: str
    rows: tuple[str, ...] = ()
    poison: int = 0


CAPTURE = (
    "postings 0 psp_receivable:sandbox 7000",
    "postings 1 seller_pending:s_amber -7000",
)
ADJUSTMENT = (
    "postings 0 seller_available:s_amber -1500",
    "postings 1 adjustments 1500",
)
CASES = [
    Case("lake/payment_order/minimal", ("orders ord_1001_a 2 sent",)),
    Case("lake/payment_order/full", ("orders ord_1001_a 3 captured",)),
    Case("lake/payment_order/duplicate", ("orders ord_1001_a 3 captured",) * 2),
    Case("lake/payment_order/malformed", poison=1),
    Case("lake/psp_event/minimal", ("psp_events sandbox#evt_1 1 received",)),
    Case("lake/psp_event/full", ("psp_events sandbox#evt_4 2 parked",)),
    Case("lake/psp_event/duplicate", ("psp_events sandbox#evt_4 2 parked",) * 2),
    Case("lake/psp_event/malformed", poison=1),
    Case("lake/ledger/minimal", ADJUSTMENT),
    Case("lake/ledger/full", CAPTURE),
    Case("lake/ledger/duplicate", CAPTURE * 2),
    Case("lake/ledger/malformed", poison=1),
]
DAYS = [f"lake_days/{name}" for name in SET]
