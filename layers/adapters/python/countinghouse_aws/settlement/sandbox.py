"""The sandbox PSP's settlement file: minor units, RFC 3339 times, its batch rows last."""

from __future__ import annotations

from countinghouse.domain.settlement import Category, SettlementLine
from countinghouse_aws.settlement.cells import Cells
from countinghouse_aws.settlement.entries import Entry, Origin, settled

COLUMNS = (
    "batch",
    "settlement_date",
    "line",
    "type",
    "psp_reference",
    "merchant_reference",
    "session",
    "method",
    "captured_at",
    "currency",
    "gross",
    "fee",
    "net",
    "modification_reference",
    "booked_at",
)

CATEGORIES = {
    "charge": Category.CAPTURE,
    "refund": Category.REFUND,
    "refund_reversal": Category.REFUND_REVERSAL,
    "chargeback": Category.CHARGEBACK,
    "chargeback_reversal": Category.CHARGEBACK_REVERSAL,
    "fee": Category.FEE,
    "reserve_held": Category.RESERVE_HELD,
    "reserve_released": Category.RESERVE_RELEASED,
    "adjustment": Category.ADJUSTMENT,
    "payout": Category.PAYOUT,
}


def read(cells: Cells, origin: Origin, line_no: int) -> SettlementLine:
    """One line. Raises Unreadable."""
    entry = Entry(
        batch=cells.needed("batch"),
        category=CATEGORIES.get(cells.raw("type"), Category.UNKNOWN),
        raw_type=cells.word("type"),
        currency=cells.currency("currency"),
        gross=cells.minor("gross"),
        fee=cells.minor("fee"),
        net=cells.minor("net"),
        booked_at=cells.instant("booked_at"),
        settlement_day=cells.day("settlement_date"),
        merchant_reference=cells.text("merchant_reference"),
        psp_reference=cells.text("psp_reference"),
        modification_reference=cells.text("modification_reference"),
    )
    return settled(entry, origin, line_no)
