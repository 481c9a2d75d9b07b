"""A file line by line: good lines laid, the others named, and a record of what it came to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from countinghouse.domain.errors import Conflict, Invalid, Unavailable
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.domain.reconciliation import FileRecord, FileStatus, SourceKind
from countinghouse.domain.settlement import (
    BankCategory,
    BankLine,
    BatchTotal,
    Category,
    Reject,
    Repeat,
    SettlementLine,
)
from countinghouse.domain.settlement_file import REJECTS_KEPT
from countinghouse.ports.reconciliation import RawFile
from countinghouse.usecases.normalise_file import Normalising, normalise_file
from tests.fakes.clock import FakeClock
from tests.fakes.reconciliation import FakeFileBook, FakeFileStore
from tests.runs import DAY, NIGHT, PSP, a_bank_line, a_line

C = Category
S = FileStatus
GOOD = [
    a_line(1, C.CAPTURE, 7_000, 123),
    a_line(2, C.CAPTURE, 1_000, 45),
    a_line(3, C.REFUND, -500),
    a_line(4, C.PAYOUT, -7_332),
]
BAD = Reject(5, "net is no whole number")
STATEMENT = [
    a_bank_line(1, 7_332),
    a_bank_line(2, 300, reference="B2"),
    a_bank_line(3, 40, reference="B2", currency="JPY"),
    a_bank_line(4, -970, BankCategory.SELLER_PAYOUT, reference="po_1"),
]


@dataclass
class Office:
    """What the file says, in the order of its lines; an error ends it there."""

    says: Sequence[SettlementLine | BankLine | Reject | Exception] = ()
    files: FakeFileBook = field(default_factory=FakeFileBook)
    store: FakeFileStore = field(default_factory=FakeFileStore)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NIGHT))
    asked: list[tuple[RawFile, bytes]] = field(default_factory=list)

    def take(self, *says: SettlementLine | BankLine | Reject | Exception) -> FileRecord:
        """Read a PSP's file that says this."""
        return self._take(SourceKind.SETTLEMENT, "f" * 32, says)

    def take_statement(self, *says: BankLine | Reject | Exception) -> FileRecord:
        """Read a bank's statement."""
        return self._take(SourceKind.BANK, "b" * 32, says)

    def _take(
        self,
        kind: SourceKind,
        file_id: str,
        says: Sequence[SettlementLine | BankLine | Reject | Exception],
    ) -> FileRecord:
        self.says = says
        self.store.objects["raw"] = b"its bytes"
        raw = RawFile(PSP, DAY, kind, "report.csv", "sandbox", "raw", file_id)
        ports = Normalising(
            self.files,
            self.store,
            self._parsed,  # type: ignore[arg-type]
            self._parsed,  # type: ignore[arg-type]
            ContractFee(14, 25),
            self.clock,
        )
        return normalise_file(raw, ports)

    def _parsed(
        self, raw: RawFile, chunks: Iterable[bytes]
    ) -> Iterator[SettlementLine | BankLine | Reject]:
        self.asked.append((raw, b"".join(chunks)))
        for one in self.says:
            if isinstance(one, Exception):
                raise one
            yield one

    @property
    def laid(self) -> list[SettlementLine]:
        return [one for _, part in sorted(self.store.settlement_lines.items()) for one in part]

    @property
    def laid_of_bank(self) -> list[BankLine]:
        return [one for _, part in sorted(self.store.bank_lines.items()) for one in part]


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_good_file_is_laid_down_line_by_line_and_accepted(office: Office) -> None:
    record = office.take(*GOOD)

    assert office.laid == GOOD
    assert record == FileRecord(
        file_id="f" * 32,
        psp=PSP,
        day=DAY,
        kind=SourceKind.SETTLEMENT,
        name="report.csv",
        layout="sandbox",
        key="raw",
        status=S.ACCEPTED,
        received_at=NIGHT,
        lines=4,
        counts={"capture": 2, "payout": 1, "refund": 1},
        # 14 per mille and 25 of 7000 and of 1000.
        totals=(BatchTotal("B1", "EUR", 3, 7_500, 168, 123 + 39, 7_332, 7_332),),
    )
    assert office.files.of_days(PSP, DAY, DAY) == [record]


def test_the_parser_gets_the_files_bytes_and_what_is_known_of_it(office: Office) -> None:
    office.take(*GOOD)
    office.take_statement(*STATEMENT)

    (settlement, content), (bank, _) = office.asked
    assert content == b"its bytes"
    assert (settlement.kind, settlement.layout) == (SourceKind.SETTLEMENT, "sandbox")
    assert bank.kind is SourceKind.BANK


def test_a_line_again_is_dropped_and_told_of(office: Office) -> None:
    record = office.take(*GOOD[:2], replace(GOOD[0], line_no=9, psp_reference="x"), *GOOD[2:])

    assert office.laid == GOOD
    assert (record.status, record.lines, record.duplicates) == (S.ACCEPTED, 4, 1)
    assert record.repeats == (Repeat(9, "o1", "x"),)
    assert record.totals[0].gross == 7_500


def test_a_line_that_cannot_be_taken_stops_the_file_and_keeps_the_others(office: Office) -> None:
    record = office.take(*GOOD[:2], BAD, *GOOD[2:])

    assert office.laid == GOOD
    assert (record.status, record.lines) == (S.STOPPED, 4)
    assert (record.rejects, record.rejected) == ((BAD,), 1)
    assert record.reasons == ("1 lines could not be taken",)
    assert record.totals[0].adds_up


def test_a_batch_that_does_not_come_to_its_payout_stops_the_file(office: Office) -> None:
    record = office.take(*GOOD[:2], GOOD[3])

    assert record.status is S.STOPPED
    assert record.reasons == ("batch B1 EUR: its lines come to 7832, its payout to 7332",)


def test_a_file_that_breaks_in_the_middle_keeps_its_lines_and_says_why(office: Office) -> None:
    record = office.take(*GOOD, Invalid("damaged gzip"))

    assert office.laid == GOOD
    assert (record.status, record.lines) == (S.STOPPED, 4)
    assert record.reasons == ("damaged gzip",)


def test_what_is_no_file_of_ours_is_a_stopped_record_without_lines(office: Office) -> None:
    record = office.take(Invalid("line 1 is the header of no known layout"))

    assert office.store.settlement_lines == {}
    assert (record.status, record.lines) == (S.STOPPED, 0)
    assert record.reasons == ("line 1 is the header of no known layout",)
    assert office.files.of_days(PSP, DAY, DAY) == [record]


def test_a_store_that_breaks_off_is_no_fault_of_the_file(office: Office) -> None:
    with pytest.raises(Unavailable):
        office.take(*GOOD[:2], Unavailable("S3 did not give the file"))

    assert office.files.rows == {}


def test_long_files_are_laid_in_parts_of_bounded_length(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("countinghouse.usecases.normalise_file.PART", 2)

    office.take(*GOOD, a_line(6, C.CAPTURE, 0))
    office.take_statement(*STATEMENT[:3])

    parts = {number: list(part) for (_, number), part in office.store.settlement_lines.items()}
    assert parts == {1: GOOD[:2], 2: GOOD[2:], 3: [a_line(6, C.CAPTURE, 0)]}
    assert sorted(number for _, number in office.store.bank_lines) == [1, 2]
    assert office.laid_of_bank == STATEMENT[:3]


def test_a_part_is_never_empty(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("countinghouse.usecases.normalise_file.PART", 2)

    office.take(*GOOD)

    assert sorted(number for _, number in office.store.settlement_lines) == [1, 2]


def test_read_again_a_file_is_the_same_and_its_record_is_left(office: Office) -> None:
    first = office.take(*GOOD, GOOD[0])
    laid = dict(office.store.settlement_lines)
    office.clock.advance(60_000)

    assert office.take(*GOOD, GOOD[0]) == first
    assert office.store.settlement_lines == laid
    assert office.files.of_days(PSP, DAY, DAY) == [first]


def test_a_step_that_died_before_the_record_goes_on_from_its_lines(office: Office) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    office.files.interfere.append(die)
    with pytest.raises(KeyboardInterrupt):
        office.take(*GOOD)

    record = office.take(*GOOD)

    assert office.laid == GOOD
    assert record.status is S.ACCEPTED


def test_a_stopped_file_is_accepted_once_all_of_it_is_understood(office: Office) -> None:
    unknown = replace(GOOD[2], category=C.UNKNOWN, raw_type="refund_v2")
    stopped = office.take(*GOOD[:2], unknown, GOOD[3])
    office.clock.advance(60_000)

    mended = office.take(*GOOD)

    assert stopped.reasons == ("types that nobody mapped: refund_v2",)
    assert (mended.status, mended.reasons, mended.version) == (S.ACCEPTED, (), 2)
    assert mended.counts == {"capture": 2, "payout": 1, "refund": 1}
    assert mended.received_at == NIGHT + 60_000
    assert office.files.of_days(PSP, DAY, DAY) == [mended]
    assert office.laid == GOOD


def test_a_file_of_which_more_is_understood_says_what_is_left(office: Office) -> None:
    office.take(*GOOD, BAD, replace(BAD, line_no=6))

    better = office.take(*GOOD, BAD)

    assert (better.status, better.rejects, better.version) == (S.STOPPED, (BAD,), 2)
    assert office.files.of_days(PSP, DAY, DAY) == [better]


def test_a_stopped_file_that_reads_as_before_is_left_alone(office: Office) -> None:
    stopped = office.take(*GOOD, BAD)
    office.clock.advance(60_000)

    assert office.take(*GOOD, BAD) == stopped
    assert office.files.of_days(PSP, DAY, DAY) == [stopped]


def test_what_was_accepted_stays_so_whatever_a_parser_makes_of_it_later(office: Office) -> None:
    accepted = office.take(*GOOD)

    assert office.take(*GOOD, BAD) == accepted
    assert office.files.of_days(PSP, DAY, DAY) == [accepted]


def test_a_settled_file_keeps_its_journals_when_it_is_read_again(office: Office) -> None:
    accepted = office.take(*GOOD)
    settled = accepted.with_settled({"B1|EUR": "jrn_1"})
    office.files.replace(accepted, settled)

    assert office.take(*GOOD) == settled


def test_two_that_mend_a_record_at_once_do_not_overwrite_each_other(office: Office) -> None:
    office.take(*GOOD, BAD)
    # Between the other's read and its write.
    office.files.interfere += [lambda: None, lambda: office.take(*GOOD)]

    with pytest.raises(Conflict):
        office.take(*GOOD, replace(BAD, line_no=6))

    (record,) = office.files.of_days(PSP, DAY, DAY)
    assert (record.status, record.version) == (S.ACCEPTED, 2)


def test_a_statement_tells_what_arrived_of_each_batch(office: Office) -> None:
    record = office.take_statement(*STATEMENT)

    assert office.laid_of_bank == STATEMENT
    assert record.arrived == {"B1|EUR": 7_332, "B2|EUR": 300, "B2|JPY": 40}
    assert (record.status, record.kind, record.lines) == (S.ACCEPTED, SourceKind.BANK, 4)
    assert (record.psp, record.day, record.key) == (PSP, DAY, "raw")


def test_a_batch_that_came_in_two_parts_arrived_in_sum(office: Office) -> None:
    record = office.take_statement(a_bank_line(1, 900), a_bank_line(2, 70))

    assert record.arrived == {"B1|EUR": 970}


def test_a_statements_line_again_is_counted_once(office: Office) -> None:
    record = office.take_statement(*STATEMENT, replace(STATEMENT[0], line_no=9))

    assert office.laid_of_bank == STATEMENT
    assert (record.lines, record.duplicates) == (4, 1)
    assert record.arrived["B1|EUR"] == 7_332


@pytest.mark.parametrize(
    ("fault", "rejected", "reasons"),
    [(BAD, 1, ()), (Invalid("damaged gzip"), 0, ("damaged gzip",))],
)
def test_a_statement_that_is_not_read_whole_is_stopped(
    office: Office, fault: Reject | Invalid, rejected: int, reasons: tuple[str, ...]
) -> None:
    record = office.take_statement(*STATEMENT, fault)

    assert office.laid_of_bank == STATEMENT
    assert record.status is S.STOPPED
    assert (record.rejected, len(record.rejects)) == (rejected, rejected)
    assert record.reasons == reasons


def test_a_statement_keeps_no_more_rejects_than_a_row_holds(office: Office) -> None:
    rejects = [replace(BAD, line_no=number) for number in range(REJECTS_KEPT + 1)]

    record = office.take_statement(*rejects)

    assert record.rejects == tuple(rejects[:REJECTS_KEPT])
    assert record.rejected == REJECTS_KEPT + 1
