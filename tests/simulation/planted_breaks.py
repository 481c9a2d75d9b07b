"""Which breaks must stand after a run, made of what the PSP says it planted and of nothing else.

A planted discrepancy is one break with the code the PSP's answer states, or the one it has while
there is still time for it. Some leave a second break behind; those are in `companions`, with why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from countinghouse.domain.break_codes import calendar_days, working_days
from countinghouse.domain.breaks import Break, BreakStatus
from countinghouse.domain.difference import Sides
from countinghouse.domain.reconciliation import FileRecord
from tests.unit.sandbox_psp.files import Row
from tools.sandbox_psp.settlement_lines import fee_of

S = BreakStatus
About = tuple[str, ...]

PSP_DAYS, BANK_DAYS, ORPHAN_DAYS = 3, 2, 1
_MISSING = ("missing", "timing")
_AT_BANK = ("bank_missing", "bank_short")
_OF_THE_BATCH = {"reserve": "reserve_held", "unknown_type": "mystery"}
_BY_RULE = ("fee_small", "reserve")
# A line that is told of as such, or not at all, is off by its whole amount on purpose.
_WITHOUT_AMOUNT = ("duplicate", "bad_line", "companion")


@dataclass(frozen=True)
class Expected:
    """One break that must be there; `day` is its file's, `heals_on` when its line comes at last.

    `status` is where it stands if time does not change it, `amount` None what nothing is told of.
    """

    kind: str
    code: str
    about: About
    day: str
    currency: str
    amount: int | None
    status: BreakStatus = S.OPEN
    heals_on: str = ""
    why: str = ""

    def on(self, day: str) -> tuple[About, str, BreakStatus]:
        """What it is after the run of a day."""
        if self.heals_on and self.heals_on <= day:
            return self.about, "TIMING", S.MATCHED
        if self.code == "TIMING":
            late = calendar_days(self.day, day) > PSP_DAYS
            return self.about, *(("MISSING_AT_PSP", S.OPEN) if late else ("TIMING", S.EXPECTED))
        if self.kind in _AT_BANK and working_days(self.day, day) <= BANK_DAYS:
            return self.about, "TIMING", S.EXPECTED
        if self.kind == "orphan_refund" and calendar_days(self.day, day) <= ORPHAN_DAYS:
            return self.about, self.code, S.EXPECTED
        return self.about, self.code, self.status


def expected_of(answer: Mapping[str, Any], rows: Sequence[Row]) -> list[Expected]:
    """What a closed day must make: its answer, and the rows of its file."""
    planted = [_planted(one, answer, rows) for one in answer["planted"]]
    return [*planted, *companions(planted, answer, rows)]


def healed(expected: Iterable[Expected], day: str) -> list[Expected]:
    """The same once the file of `day` has told of everything that heals."""
    return [
        replace(one, heals_on=day) if one.kind == "timing" and not one.heals_on else one
        for one in expected
    ]


def companions(
    planted: Sequence[Expected], answer: Mapping[str, Any], rows: Sequence[Row]
) -> Iterator[Expected]:
    """Breaks beside the planted ones, each because of one of them."""
    day, batch = str(answer["date"]), str(answer["batch"])
    at_bank = {one.about for one in planted if one.kind in _AT_BANK}
    torn = set[str]()
    for one, said in zip(planted, answer["planted"], strict=True):
        charge = ("charge", said["order_id"], said["psp_reference"])
        if one.kind == "bad_line":
            why = "its order's line is there and unreadable, so that nobody told of the capture"
            yield Expected("companion", "TIMING", charge, day, one.currency, None, why=why)
            torn.add(one.currency)
        if one.kind == "double_return" and len(_returns(rows, said["psp_reference"])) == 2:
            why = "refunded and charged back in one file: each of the two lines is one too many"
            yield Expected("companion", one.code, charge, day, one.currency, None, why=why)
    for currency in torn:
        about = ("file", batch, currency)
        if about not in at_bank:
            why = "the lines that can be read come to less than was paid"
            yield Expected("companion", "AMOUNT_OVER", about, day, currency, None, why=why)


def _planted(said: Mapping[str, Any], answer: Mapping[str, Any], rows: Sequence[Row]) -> Expected:
    kind, name = said["kind"], str(answer["file"])
    line = next((row for row in rows if row["psp_reference"] == said["psp_reference"]), None)
    about: About = ("charge", said["order_id"], said["psp_reference"])
    if kind in _OF_THE_BATCH:
        about = ("row", str(answer["batch"]), _OF_THE_BATCH[kind])
    elif kind in _AT_BANK:
        about = ("file", str(answer["batch"]), said["currency"])
    elif kind == "bad_line" and line is not None:
        # The first line of a file names its columns.
        about = ("rejected", name, str(int(line["line"]) + 1))
    return Expected(
        kind=kind,
        code=said["code"],
        about=about,
        day=str(answer["date"]),
        currency=said["currency"],
        amount=None if kind in _WITHOUT_AMOUNT else said["amount"],
        status=_status(kind, line),
    )


def _status(kind: str, line: Row | None) -> BreakStatus:
    """Where the market's rules leave it at once, their caps being far away."""
    if kind == "duplicate":
        return S.VOID
    if kind in _BY_RULE:
        return S.AUTO_RESOLVED
    if line is None or kind not in ("fee", "rounding"):
        return S.OPEN
    due = fee_of(int(line["gross"]))
    if kind == "fee":
        # 10 minor units may go without a person when they are two per cent of the fee.
        return S.AUTO_RESOLVED if 2 * due >= 10 * 100 else S.OPEN
    # Where the fee is rounded the other way, two things differ and no rule may act.
    return S.AUTO_RESOLVED if due == int(line["fee"]) else S.OPEN


def _returns(rows: Sequence[Row], charge: str) -> list[Row]:
    about = [row for row in rows if row["psp_reference"] == charge]
    # Those that were planted are booked as the day closes.
    return [row for row in about if "T23:59:59" in row["booked_at"] and row["type"] != "charge"]


# --- what was found -----------------------------------------------------------------------------
def about_of(brk: Break, files: Mapping[str, FileRecord]) -> About:
    """What a break is about, in the words of what was planted."""
    if brk.sides is Sides.FILE:
        return "file", brk.anchor.removeprefix("file:"), brk.our_currency or brk.their_currency
    if brk.anchor.startswith("rejected:"):
        return "rejected", files[brk.file_id].name, str(brk.line_no)
    if not brk.order_id and not brk.psp_reference:
        said = dict(one.split(":", 1) for one in brk.evidence)
        return "row", said.get("batch", ""), said.get("type", "")
    return "charge", brk.order_id, brk.psp_reference


def found(
    breaks: Iterable[Break], files: Iterable[FileRecord]
) -> Counter[tuple[About, str, BreakStatus]]:
    """Every break there is, as `Expected.on` says it."""
    by_id = {file.file_id: file for file in files}
    return Counter((about_of(brk, by_id), str(brk.code), brk.status) for brk in breaks)


def amounts_told(
    breaks: Iterable[Break], files: Iterable[FileRecord]
) -> Counter[tuple[About, str]]:
    """By how much the breaks about one thing are off in one currency; fees where only they are."""
    by_id = {file.file_id: file for file in files}
    sums: Counter[tuple[About, str]] = Counter()
    for brk in breaks:
        about = about_of(brk, by_id)
        is_fee = brk.code == "FEE_VARIANCE" and brk.our_amount == brk.their_amount
        if is_fee:
            sums[about, brk.their_currency] += brk.fee - brk.expected_fee
            continue
        sums[about, brk.our_currency] -= brk.our_amount
        sums[about, brk.their_currency] += brk.their_amount
    return sums
