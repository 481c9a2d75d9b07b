"""Every hostile file taken in as the function does it: a record that says what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.reconciliation import FileRecord, FileStatus, SourceKind
from countinghouse.domain.settlement import BankLine, SettlementLine
from countinghouse.ports.reconciliation import RawFile
from countinghouse.usecases.normalise_file import Normalising, normalise_file
from countinghouse_aws.reconciliation_assembly import ReconciliationAssembly
from tests.fakes.clock import FakeClock
from tests.fakes.reconciliation import FakeFileBook, FakeFileStore
from tests.hostile_files import BANK_HEADER, DAY, HOSTILE, PSP, HostileFile, file_of

NAMES = list(HOSTILE)
REFUSED = [name for name, file in HOSTILE.items() if file.refused]
PIECE = 100_000
STATEMENT = [
    f"{PSP},{DAY},1,settlement,7,EUR,4508",
    f"{PSP},{DAY},2,settlement,7,USD,1947",
    f"{PSP},{DAY},3,seller_payout,po_1,EUR,-200",
]


class Pieces(FakeFileStore):
    """Gives a file in pieces, as S3 does."""

    def read(self, key: str) -> Iterator[bytes]:
        content = self.objects[key]
        yield from (content[start : start + PIECE] for start in range(0, len(content), PIECE))


@dataclass
class Desk:
    files: FakeFileBook = field(default_factory=FakeFileBook)
    store: Pieces = field(default_factory=Pieces)

    @property
    def ports(self) -> Normalising:
        """The parsers and the contract as the function has them, the rest in memory."""
        parts = ReconciliationAssembly()
        parts.__dict__ |= {"files": self.files, "file_store": self.store, "clock": FakeClock()}
        return parts.normalising(PSP)

    def take(
        self, content: bytes, kind: SourceKind = SourceKind.SETTLEMENT, layout: str = ""
    ) -> FileRecord:
        self.store.objects["raw"] = content
        return normalise_file(RawFile(PSP, DAY, kind, "x.csv", layout, "raw", "f1"), self.ports)

    @property
    def lines(self) -> list[SettlementLine]:
        return [line for part in self.store.settlement_lines.values() for line in part]

    @property
    def bank_lines(self) -> list[BankLine]:
        return [line for part in self.store.bank_lines.values() for line in part]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def check(record: FileRecord, file: HostileFile, desk: Desk) -> None:
    wanted = FileStatus.STOPPED if file.stopped else FileStatus.ACCEPTED
    assert record.status is wanted
    assert bool(record.reasons) is file.stopped
    assert len({line.line_hash for line in desk.lines}) == len(desk.lines) == record.lines
    assert {one.line_no for one in record.rejects} == {*file.rejects}
    assert record.rejected == len(file.rejects)
    for reject in record.rejects:
        assert file.rejects[reject.line_no] in reject.reason
    if file.refused:
        assert record.lines == 0
    else:
        assert (record.lines, record.duplicates) == (file.kept, file.duplicates)


@pytest.mark.parametrize("name", NAMES)
def test_whatever_comes_ends_as_a_record_and_its_good_lines_are_laid(name: str, desk: Desk) -> None:
    file = HOSTILE[name]

    check(desk.take(file.content), file, desk)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_such_file_says_why(name: str, desk: Desk) -> None:
    file = HOSTILE[name]

    record = desk.take(file.content)

    (reason,) = record.reasons
    assert file.refused in reason
    assert record.totals == ()


@pytest.mark.parametrize("name", ["good", "cut off in the last line", "a formula", "a PDF"])
def test_read_again_it_is_the_same_record(name: str, desk: Desk) -> None:
    first = desk.take(HOSTILE[name].content)
    laid = desk.lines

    assert desk.take(HOSTILE[name].content) == first
    assert desk.lines == laid


def test_a_layout_that_is_named_is_not_guessed(desk: Desk) -> None:
    assert desk.take(HOSTILE["good"].content, layout="sandbox").status is FileStatus.ACCEPTED
    other = Desk().take(HOSTILE["good"].content, layout="stripe")
    assert (other.status, other.lines) == (FileStatus.STOPPED, 0)


def test_a_statement_tells_what_arrived(desk: Desk) -> None:
    record = desk.take(file_of(*STATEMENT, header=BANK_HEADER), SourceKind.BANK)

    assert record.status is FileStatus.ACCEPTED
    assert record.arrived == {"7|EUR": 4_508, "7|USD": 1_947}
    assert [line.amount for line in desk.bank_lines] == [4_508, 1_947, -200]


@pytest.mark.parametrize(
    "bad",
    [
        f"{PSP},{DAY},4,settlement,=1+1,EUR,1",
        f"{PSP},2026-11-21,4,settlement,8,EUR,1",
        f"other,{DAY},4,settlement,8,EUR,1",
        f"{PSP},{DAY},4,settlement,8,EUX,1",
        f"{PSP},{DAY},4,settlement,8,EUR,1.5",
        f"{PSP},{DAY},4,settlement",
    ],
)
def test_a_statement_with_a_bad_line_keeps_the_others_and_is_stopped(bad: str, desk: Desk) -> None:
    lines = [STATEMENT[0], bad, *STATEMENT[1:]]

    record = desk.take(file_of(*lines, header=BANK_HEADER), SourceKind.BANK)

    assert record.status is FileStatus.STOPPED
    assert [one.line_no for one in record.rejects] == [3]
    assert [line.line_no for line in desk.bank_lines] == [2, 4, 5]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_comes_as_a_statement_is_a_record_too(name: str, desk: Desk) -> None:
    """A PSP's file laid into the bank's folder of the inbox, and everything worse."""
    record = desk.take(HOSTILE[name].content, SourceKind.BANK)

    assert (record.status, record.lines, record.arrived) == (FileStatus.STOPPED, 0, {})
    assert desk.bank_lines == []


def test_only_a_store_that_breaks_off_is_told_of(desk: Desk) -> None:
    def broken(key: str) -> Iterator[bytes]:
        assert key == "raw"
        yield HOSTILE["good"].content[:300]
        raise Unavailable("S3 did not give the file")

    desk.store.read = broken  # type: ignore[method-assign]

    with pytest.raises(Unavailable):
        desk.take(b"")
    assert desk.files.rows == {}
