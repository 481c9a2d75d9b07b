"""Runs, files and papers in memory, conditional as the DynamoDB ones (tests/contract)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from countinghouse.domain.errors import Conflict, NotFound
from countinghouse.domain.reconciliation import FileRecord, Run, SourceKind
from countinghouse.domain.settlement import BankLine, SettlementLine
from countinghouse.ports.reconciliation import RawFile
from countinghouse.ports.settlement_source import SourceFile

Interference = list[Callable[[], object]]


@dataclass
class FakeRunBook:
    """The runs by PSP and day; `interfere` holds what others do just before the next writes."""

    rows: dict[tuple[str, str], Run] = field(default_factory=dict)
    interfere: Interference = field(default_factory=list)

    def get(self, psp: str, day: str) -> Run | None:
        return self.rows.get((psp, day))

    def add(self, run: Run) -> Run | None:
        if self.interfere:
            self.interfere.pop(0)()
        existing = self.get(run.psp, run.day)
        if existing is None:
            self.rows[run.psp, run.day] = run
        return existing

    def replace(self, old: Run, new: Run) -> None:
        if self.interfere:
            self.interfere.pop(0)()
        existing = self.get(old.psp, old.day)
        if existing is None or existing.version != old.version:
            raise Conflict("the run moved on")
        self.rows[old.psp, old.day] = new

    def newest(self, psp: str, before: str | None, limit: int) -> list[Run]:
        found = [run for (of, day), run in self.rows.items() if of == psp and day < (before or "~")]
        return sorted(found, key=lambda run: run.day, reverse=True)[:limit]


@dataclass
class FakeFileBook:
    """The files' records in the order of their keys; `interfere` as above."""

    rows: dict[tuple[str, str, str, str], FileRecord] = field(default_factory=dict)
    interfere: Interference = field(default_factory=list)

    def put(self, record: FileRecord) -> FileRecord:
        if self.interfere:
            self.interfere.pop(0)()
        return self.rows.setdefault(_key(record), record)

    def replace(self, old: FileRecord, new: FileRecord) -> None:
        if self.interfere:
            self.interfere.pop(0)()
        existing = self.rows.get(_key(old))
        if existing is None or existing.version != old.version:
            raise Conflict("the file's record moved on")
        self.rows[_key(old)] = new

    def of_days(self, psp: str, first_day: str, last_day: str) -> list[FileRecord]:
        return [
            self.rows[key]
            for key in sorted(self.rows)
            if key[0] == psp and first_day <= key[1] <= last_day
        ]


def _key(record: FileRecord) -> tuple[str, str, str, str]:
    return record.psp, record.day, str(record.kind), record.file_id


@dataclass
class FakeFileStore:
    """The bytes by key; lines by file and part. `drop` lays a file into the inbox."""

    objects: dict[str, bytes] = field(default_factory=dict)
    settlement_lines: dict[tuple[str, int], tuple[SettlementLine, ...]] = field(
        default_factory=dict
    )
    bank_lines: dict[tuple[str, int], tuple[BankLine, ...]] = field(default_factory=dict)

    def keep(self, psp: str, file: SourceFile, chunks: Iterable[bytes]) -> RawFile:
        key = f"settlement-files/{psp}/{file.day}/{file.kind}/{file.name}"
        self.objects[key] = b"".join(chunks)
        return self._raw(psp, file.day, SourceKind(file.kind), file.name, file.layout, key)

    def drop(self, psp: str, day: str, kind: SourceKind, name: str, content: bytes) -> None:
        self.objects[f"inbox/{psp}/{day}/{kind}/{name}"] = content

    def dropped(self, psp: str, day: str) -> list[RawFile]:
        return [
            self._raw(psp, day, kind, key.removeprefix(folder), "", key)
            for kind in SourceKind
            for folder in [f"inbox/{psp}/{day}/{kind}/"]
            for key in sorted(self.objects)
            if key.startswith(folder)
        ]

    def read(self, key: str) -> Iterator[bytes]:
        if key not in self.objects:
            raise NotFound("there is no such file")
        yield self.objects[key]

    def lay_settlement_lines(self, part: Sequence[SettlementLine], number: int) -> None:
        for file_id in {line.file_id for line in part}:
            laid = tuple(line for line in part if line.file_id == file_id)
            self.settlement_lines[file_id, number] = laid

    def lay_bank_lines(self, part: Sequence[BankLine], number: int) -> None:
        for file_id in {line.file_id for line in part}:
            laid = tuple(line for line in part if line.file_id == file_id)
            self.bank_lines[file_id, number] = laid

    def _raw(
        self, psp: str, day: str, kind: SourceKind, name: str, layout: str, key: str
    ) -> RawFile:
        file_id = hashlib.sha256(self.objects[key]).hexdigest()[:32]
        return RawFile(psp, day, kind, name, layout, key, file_id)


@dataclass
class FakeRunPapers:
    """The papers by name under a prefix."""

    prefix: str = "papers/"
    papers: dict[str, bytes] = field(default_factory=dict)
    media_types: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, content: bytes, media_type: str) -> str:
        self.papers[name] = content
        self.media_types[name] = media_type
        return f"{self.prefix}{name}"

    def read(self, name: str) -> bytes | None:
        return self.papers.get(name)


@dataclass
class FakeReconciliationWorkflow:
    """The executions that were started, by name; `fail` are starts that do not come through."""

    executions: dict[str, Run] = field(default_factory=dict)
    fail: list[Exception] = field(default_factory=list)

    def start(self, run: Run) -> None:
        if self.fail:
            raise self.fail.pop(0)
        self.executions.setdefault(run.execution, run)
