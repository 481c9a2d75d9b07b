"""Read one file line by line: good lines go where queries find them, the others are named.

Nothing of a file is booked here. A file that is broken, foreign or hostile ends as a record that
says so, with the number and reason of each line that could not be taken.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from countinghouse.domain.errors import Invalid
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.domain.reconciliation import FileRecord, FileStatus, SourceKind, batch_key
from countinghouse.domain.settlement import BankCategory, BankLine, Reject, SettlementLine
from countinghouse.domain.settlement_file import REJECTS_KEPT, FileSummary
from countinghouse.ports.clock import Clock
from countinghouse.ports.reconciliation import (
    BankParser,
    FileBook,
    FileStore,
    RawFile,
    SettlementParser,
)
from countinghouse.records import dataclass

PART = 100_000
"""Lines that are written at once: what bounds the memory of a file of any length."""

Line = TypeVar("Line", SettlementLine, BankLine)


@dataclass(frozen=True, slots=True)
class Normalising:
    """The ports, and what the PSP's contract takes of a capture."""

    files: FileBook
    store: FileStore
    settlement_parser: SettlementParser
    bank_parser: BankParser
    fee: ContractFee
    clock: Clock


def normalise_file(raw: RawFile, ports: Normalising) -> FileRecord:
    """The file's record, its good lines laid down; a repeat writes the same.

    A file that was stopped is judged anew: what we did not understand then, we may now. One that
    was not keeps its record, whatever we would make of it today: of that it was booked. Raises
    Unavailable, Conflict when the record moved.
    """
    read = _settlement if raw.kind is SourceKind.SETTLEMENT else _statement
    record = read(raw, ports)
    known = ports.files.put(record)
    if known.status is not FileStatus.STOPPED or _says_the_same(known, record):
        return known
    mended = replace(record, version=known.version + 1)
    ports.files.replace(known, mended)
    return mended


def _says_the_same(known: FileRecord, record: FileRecord) -> bool:
    """Whether it was read as before, wherever it lay and whenever it came."""
    came = {name: getattr(known, name) for name in ("name", "layout", "key", "received_at")}
    return known == replace(record, version=known.version, **came)


def _settlement(raw: RawFile, ports: Normalising) -> FileRecord:
    summary = FileSummary(ports.fee)
    part: list[SettlementLine] = []
    number = 0
    broken: list[str] = []
    for one in _until_broken(ports.settlement_parser(raw, ports.store.read(raw.key)), broken):
        if not summary.take(one) or isinstance(one, Reject):
            continue
        part.append(one)
        if len(part) == PART:
            number += 1
            ports.store.lay_settlement_lines(part, number)
            part = []
    if part:
        ports.store.lay_settlement_lines(part, number + 1)
    found = summary.result()
    reasons = (*broken, *found.reasons)
    return FileRecord(
        file_id=raw.file_id,
        psp=raw.psp,
        day=raw.day,
        kind=raw.kind,
        name=raw.name,
        layout=raw.layout,
        key=raw.key,
        status=FileStatus.STOPPED if reasons else FileStatus.ACCEPTED,
        received_at=ports.clock.now(),
        lines=found.lines,
        duplicates=found.duplicates,
        reasons=reasons,
        rejects=found.rejects,
        rejected=found.rejected,
        repeats=found.repeats,
        counts=found.counts,
        totals=found.totals,
    )


def _statement(raw: RawFile, ports: Normalising) -> FileRecord:
    part: list[BankLine] = []
    seen: set[str] = set()
    arrived: dict[str, int] = {}
    rejects: list[Reject] = []
    rejected = duplicates = 0
    broken: list[str] = []
    # A statement has a line a batch and payout, not one an order: all of it fits into memory.
    for one in _until_broken(ports.bank_parser(raw, ports.store.read(raw.key)), broken):
        if isinstance(one, Reject):
            rejected += 1
            rejects += [one] if len(rejects) < REJECTS_KEPT else []
        elif one.line_hash in seen:
            duplicates += 1
        else:
            seen.add(one.line_hash)
            part.append(one)
            if one.category is BankCategory.SETTLEMENT:
                key = batch_key(one.reference, one.currency)
                arrived[key] = arrived.get(key, 0) + one.amount
    for number, start in enumerate(range(0, len(part), PART), start=1):
        ports.store.lay_bank_lines(part[start : start + PART], number)
    return FileRecord(
        file_id=raw.file_id,
        psp=raw.psp,
        day=raw.day,
        kind=raw.kind,
        name=raw.name,
        layout=raw.layout,
        key=raw.key,
        status=FileStatus.STOPPED if broken or rejected else FileStatus.ACCEPTED,
        received_at=ports.clock.now(),
        lines=len(part),
        duplicates=duplicates,
        reasons=tuple(broken),
        rejects=tuple(rejects),
        rejected=rejected,
        arrived=arrived,
    )


def _until_broken(parsed: Iterator[Line | Reject], broken: list[str]) -> Iterator[Line | Reject]:
    """The lines, as far as the file can be read at all; why it could not be read on is noted."""
    try:
        yield from parsed
    except Invalid as error:
        broken.append(str(error))
