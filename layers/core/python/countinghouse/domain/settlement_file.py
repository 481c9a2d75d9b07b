"""What a settlement file comes to: folded line by line, in memory that its length hardly moves.

A file may be posted when all of it was read, all of it is understood and every batch comes to what
its payout row says. Whether the payout reached the bank is seen later (docs/reconciliation.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import field

from countinghouse.domain.accounts import Account
from countinghouse.domain.ledger import Leg
from countinghouse.domain.money import Money
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.domain.reconciliation import FileStatus
from countinghouse.domain.settlement import BatchTotal, Category, Reject, Repeat, SettlementLine
from countinghouse.records import dataclass

REJECTS_KEPT = 100
"""Rejected and repeated lines that are kept by number; the others are counted."""
BATCHES_MAX = 500
"""Batches and currencies of one file: one more and the file is not what it says it is."""
REASONS_NAMED = 10
"""Unknown types and open batches that are named."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """What a file came to. `lines` are the accepted ones, payout rows and all, each once."""

    lines: int
    duplicates: int
    rejected: int
    rejects: tuple[Reject, ...]
    repeats: tuple[Repeat, ...]
    counts: Mapping[str, int]
    totals: tuple[BatchTotal, ...]
    days: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def status(self) -> FileStatus:
        """Accepted when nothing stands against posting it."""
        return FileStatus.STOPPED if self.reasons else FileStatus.ACCEPTED


@dataclass(slots=True)
class _Sum:
    """A batch's running total in one currency; payout rows apart."""

    lines: int = 0
    gross: int = 0
    fee: int = 0
    expected_fee: int = 0
    net: int = 0
    paid_out: int = 0
    payouts: int = 0


@dataclass(slots=True)
class FileSummary:
    """The fold over a file's lines, duplicates dropped."""

    contract: ContractFee
    _seen: set[bytes] = field(default_factory=set)
    _duplicates: int = 0
    _repeats: list[Repeat] = field(default_factory=list)
    _rejected: int = 0
    _rejects: list[Reject] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    _unknown: dict[str, None] = field(default_factory=dict)
    _days: dict[str, None] = field(default_factory=dict)
    _sums: dict[tuple[str, str], _Sum] = field(default_factory=dict)
    _crowded: bool = False

    def take(self, one: SettlementLine | Reject) -> bool:
        """Count a line; whether it is to be kept: False for a reject, and for a line again."""
        if isinstance(one, Reject):
            self._rejected += 1
            if len(self._rejects) < REJECTS_KEPT:
                self._rejects.append(one)
            return False
        digest = bytes.fromhex(one.line_hash)
        if digest in self._seen:
            self._duplicates += 1
            if len(self._repeats) < REJECTS_KEPT:
                repeat = Repeat(one.line_no, one.merchant_reference, one.psp_reference)
                self._repeats.append(repeat)
            return False
        self._seen.add(digest)
        self._count(one)
        return True

    def _count(self, line: SettlementLine) -> None:
        self._counts[line.category.value] += 1
        if len(self._days) < 2:
            self._days[line.settlement_day] = None
        if line.category is Category.UNKNOWN and len(self._unknown) < REASONS_NAMED:
            self._unknown[line.raw_type] = None
        key = (line.batch, line.currency)
        if key not in self._sums:
            if len(self._sums) == BATCHES_MAX:
                self._crowded = True
                return
            self._sums[key] = _Sum()
        _add(self._sums[key], line, self.contract)

    def result(self) -> FileResult:
        """What all lines taken so far come to."""
        totals = tuple(_total(key, self._sums[key]) for key in sorted(self._sums))
        return FileResult(
            lines=len(self._seen),
            duplicates=self._duplicates,
            rejected=self._rejected,
            rejects=tuple(self._rejects),
            repeats=tuple(self._repeats),
            counts=dict(sorted(self._counts.items())),
            totals=totals,
            days=tuple(sorted(self._days)),
            reasons=(*self._faults(), *self._open(totals)),
        )

    def _faults(self) -> list[str]:
        faults = []
        if self._rejected:
            faults.append(f"{self._rejected} lines could not be taken")
        if self._unknown:
            faults.append(f"types that nobody mapped: {', '.join(self._unknown)}")
        if len(self._days) > 1:
            faults.append("lines of several settlement days")
        if self._crowded:
            faults.append(f"more than {BATCHES_MAX} batches and currencies")
        return faults

    def _open(self, totals: tuple[BatchTotal, ...]) -> list[str]:
        unequal = [total for total in totals if not total.adds_up]
        return [
            f"batch {total.batch} {total.currency}: its lines come to {total.net}, "
            + (
                f"its payout to {total.paid_out}"
                if self._sums[total.batch, total.currency].payouts
                else "it has no payout row"
            )
            for total in unequal[:REASONS_NAMED]
        ]


def _add(total: _Sum, line: SettlementLine, contract: ContractFee) -> None:
    if line.category is Category.PAYOUT:
        total.paid_out -= line.net
        total.payouts += 1
        return
    total.lines += 1
    total.gross += line.gross
    total.fee += line.fee
    total.net += line.net
    if line.category is Category.CAPTURE:
        total.expected_fee += contract.of(line.gross)
    elif line.category is Category.FEE:
        total.expected_fee -= line.net


def _total(key: tuple[str, str], total: _Sum) -> BatchTotal:
    return BatchTotal(
        batch=key[0],
        currency=key[1],
        lines=total.lines,
        gross=total.gross,
        fee=total.fee,
        expected_fee=total.expected_fee,
        net=total.net,
        paid_out=total.paid_out,
    )


def settlement_legs(total: BatchTotal, arrived_minor: int, psp: str) -> tuple[Leg, ...]:
    """The journal that moves a batch from the PSP to the bank; nothing when nothing moved.

    Debit the bank what arrived and the fees the contract says, credit the PSP's account the sum:
    what then stays on it are the breaks' residuals. A batch below zero turns the sides.
    """
    signed = (
        (Account("bank", psp), arrived_minor),
        (Account("psp_fee_expense"), total.expected_fee),
        (Account("psp_receivable", psp), -arrived_minor - total.expected_fee),
    )
    return tuple(Leg(account, Money(minor, total.currency)) for account, minor in signed if minor)
