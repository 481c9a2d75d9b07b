"""What the daily reconciliation keeps and reads: runs, files, their lines, what each step found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from countinghouse.domain.reconciliation import FileRecord, Run, SourceKind
from countinghouse.domain.settlement import BankLine, Reject, SettlementLine
from countinghouse.ports.settlement_source import SourceFile
from countinghouse.records import dataclass


class RunBook(Protocol):
    """The runs, by PSP and day."""

    def get(self, psp: str, day: str) -> Run | None:
        """The run, or None."""
        ...

    def add(self, run: Run) -> Run | None:
        """Store a new run; or return the one that is there."""
        ...

    def replace(self, old: Run, new: Run) -> None:
        """Commit a change. Raises Conflict when the run moved."""
        ...

    def newest(self, psp: str, before: str | None, limit: int) -> list[Run]:
        """A PSP's runs, the newest day first, from the one before `before` on."""
        ...


class FileBook(Protocol):
    """The files taken in, by PSP and day."""

    def put(self, record: FileRecord) -> FileRecord:
        """Store a file's record, or return the one of the same bytes that is there."""
        ...

    def replace(self, old: FileRecord, new: FileRecord) -> None:
        """Commit a change. Raises Conflict when the record moved."""
        ...

    def of_days(self, psp: str, first_day: str, last_day: str) -> list[FileRecord]:
        """Every file of these days, oldest day first."""
        ...


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file as it came, in our store; `layout` is empty when its header has to tell."""

    psp: str
    day: str
    kind: SourceKind
    name: str
    layout: str
    key: str
    file_id: str


class FileStore(Protocol):
    """The bytes: files as they came, and their accepted lines where queries find them.

    Every method may raise Unavailable.
    """

    def keep(self, psp: str, file: SourceFile, chunks: Iterable[bytes]) -> RawFile:
        """Keep a file as it came."""
        ...

    def dropped(self, psp: str, day: str) -> list[RawFile]:
        """Files that somebody laid into the inbox for that PSP and day."""
        ...

    def read(self, key: str) -> Iterator[bytes]:
        """A file's bytes, in bounded pieces."""
        ...

    def lay_settlement_lines(self, part: Sequence[SettlementLine], number: int) -> None:
        """Write a part of a file's lines where queries find them; the same part is the same."""
        ...

    def lay_bank_lines(self, part: Sequence[BankLine], number: int) -> None:
        """The same for a statement's."""
        ...


class RunPapers(Protocol):
    """What a run's steps hand on to each other, by the step's name and number, and its reports."""

    def write(self, name: str, content: bytes, media_type: str) -> str:
        """Keep a paper; its key. Raises Unavailable."""
        ...

    def read(self, name: str) -> bytes | None:
        """A paper, or None. Raises Unavailable."""
        ...


SettlementParser = Callable[[RawFile, Iterable[bytes]], Iterator[SettlementLine | Reject]]
"""Reads a PSP's file. Raises Invalid when it is no such file at all."""

BankParser = Callable[[RawFile, Iterable[bytes]], Iterator[BankLine | Reject]]
"""Reads a bank's statement. Raises Invalid when it is none at all."""


class ReconciliationWorkflow(Protocol):
    """The workflow that carries a run."""

    def start(self, run: Run) -> None:
        """Start the run's execution, once under its name. Raises Unavailable."""
        ...
