"""Every difference of a pass: what the match found, and what taking the files in had found."""

from __future__ import annotations

from collections.abc import Iterator

from countinghouse.domain.break_codes import DUPLICATE_LINE, LINE_REJECTED
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.reconciliation import FileRecord, Run, batches_of
from countinghouse.domain.settlement import MOVEMENTS, Repeat
from countinghouse.ports.lakehouse import LakeQueries
from countinghouse.ports.reconciliation import FileBook


def list_differences(
    run: Run, first_day: str, query_id: str, queries: LakeQueries, files: FileBook
) -> Iterator[Difference]:
    """The differences from `first_day` to the run's day, those of the files first.

    Raises Unavailable, Invalid for a failed query.
    """
    for file in files.of_days(run.psp, first_day, run.day):
        yield from _of_file(file)
    yield from queries.differences(query_id)


def agreeing_lines(run: Run, files: FileBook, differing: int) -> int:
    """Lines of the day's files that tell of a movement, without those that differ."""
    batches = batches_of(files.of_days(run.psp, run.day, run.day))
    counts = {file.file_id: file.counts for file, _ in batches.values()}
    told = sum(one.get(str(category), 0) for one in counts.values() for category in MOVEMENTS)
    return max(0, told - differing)


def _of_file(file: FileRecord) -> Iterator[Difference]:
    for reject in file.rejects:
        anchor = f"rejected:{file.file_id}:{reject.line_no}"
        yield _difference(anchor, LINE_REJECTED, file, reject.line_no, reject.reason)
    for repeat in file.repeats:
        anchor = f"repeated:{file.file_id}:{repeat.line_no}"
        yield _difference(anchor, DUPLICATE_LINE, file, repeat.line_no, "", repeat)


def _difference(
    anchor: str,
    category: str,
    file: FileRecord,
    line_no: int,
    said: str,
    repeat: Repeat | None = None,
) -> Difference:
    return Difference(
        anchor=anchor,
        sides=Sides.THEIRS,
        category=category,
        day=file.day,
        order_id=repeat.merchant_reference if repeat else "",
        checkout_id="",
        ledger_id="",
        psp_reference=repeat.psp_reference if repeat else "",
        modification_reference="",
        file_id=file.file_id,
        line_no=line_no,
        batch="",
        our_currency="",
        our_amount=0,
        their_currency="",
        their_amount=0,
        fee=0,
        expected_fee=0,
        parent_known=False,
        checkout_open=0,
        returned=0,
        suggestion="",
        raw_type=said,
    )
