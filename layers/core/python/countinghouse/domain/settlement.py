"""A PSP's settlement file and a bank's statement, in one vocabulary whatever their layout.

Amounts are integer minor units seen from us: what we get is positive. The fields' order is the
order of the columns in the lake (docs/reconciliation.md).
"""

from __future__ import annotations

from enum import StrEnum

from countinghouse.domain.instants import Instant
from countinghouse.records import dataclass


class Category(StrEnum):
    """What a settlement line tells of."""

    CAPTURE = "capture"
    REFUND = "refund"
    REFUND_REVERSAL = "refund_reversal"
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSAL = "chargeback_reversal"
    FEE = "fee"
    """A fee of the batch, not of a charge."""
    RESERVE_HELD = "reserve_held"
    RESERVE_RELEASED = "reserve_released"
    ADJUSTMENT = "adjustment"
    PAYOUT = "payout"
    """The batch row: what the PSP sent to our bank, negative."""
    UNKNOWN = "unknown"
    """A type nobody mapped: it stops the file's posting."""


MOVEMENTS = frozenset(
    {
        Category.CAPTURE,
        Category.REFUND,
        Category.REFUND_REVERSAL,
        Category.CHARGEBACK,
        Category.CHARGEBACK_REVERSAL,
    }
)
"""The categories that the ledger has journals of."""


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """One accepted line. `gross - fee = net`; a payout row has its amount in gross and net.

    `line_hash` is the same for the same line wherever it stands: it leaves out the line's number
    and the file. `merchant_reference` is our order's id as the PSP echoes it, empty when it does
    not; `psp_reference` is the charge at the PSP, `modification_reference` the refund or dispute.
    `original_currency` and `original_gross` are what the buyer paid when it was converted, else
    empty and 0. `raw_type` is the PSP's own word.
    """

    line_hash: str
    file_id: str
    line_no: int
    psp: str
    batch: str
    category: Category
    raw_type: str
    merchant_reference: str
    psp_reference: str
    modification_reference: str
    currency: str
    gross: int
    fee: int
    net: int
    original_currency: str
    original_gross: int
    booked_at: Instant
    settlement_day: str


class BankCategory(StrEnum):
    """What a line of our bank's statement tells of."""

    SETTLEMENT = "settlement"
    """A PSP's payout of a batch: `reference` is the batch."""
    SELLER_PAYOUT = "seller_payout"
    """Money to a seller: `reference` is our payout."""
    PAYOUT_RETURN = "payout_return"
    """Money a seller's bank sent back: `reference` is our payout."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class BankLine:
    """One line of a bank statement; positive came in."""

    line_hash: str
    file_id: str
    line_no: int
    account: str
    category: BankCategory
    reference: str
    currency: str
    amount: int
    value_day: str


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that could not be taken, and why; `reason` never repeats what stood in it."""

    line_no: int
    reason: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """A line that stood in its file before, dropped; the references are those of the first."""

    line_no: int
    merchant_reference: str
    psp_reference: str


@dataclass(frozen=True, slots=True)
class BatchTotal:
    """What the accepted lines of one batch and currency add up to.

    `expected_fee` is what the contract says of all its captures, plus fees of the batch itself.
    """

    batch: str
    currency: str
    lines: int
    gross: int
    fee: int
    expected_fee: int
    net: int
    paid_out: int

    @property
    def adds_up(self) -> bool:
        """Whether lines and batch rows come to exactly what the PSP says it paid out."""
        return self.net == self.paid_out
