from dataclasses import dataclass, field, replace

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.reconciliation import FileStatus, SourceKind
from countinghouse.ports.reconciliation import RawFile
from countinghouse.ports.settlement_source import SourceFile
from countinghouse.usecases.fetch_files import fetch_files
from tests.fakes.reconciliation import FakeFileBook, FakeFileStore
from tests.fakes.settlement_source import FakeSettlementSource
from tests.runs import DAY, PSP, a_file, a_run

BEFORE = "2026-11-21"
EARLIER = "2026-11-20"
LONG_AGO = "2026-11-19"


def settlement(day: str = DAY, name: str = "s") -> SourceFile:
    return SourceFile(f"{name}-{day}.csv", "settlement", day, "sandbox")


def statement(day: str = DAY) -> SourceFile:
    return SourceFile(f"b-{day}.csv", "bank", day, "sandbox_bank")


@dataclass
class Office:
    source: FakeSettlementSource = field(default_factory=FakeSettlementSource)
    files: FakeFileBook = field(default_factory=FakeFileBook)
    store: FakeFileStore = field(default_factory=FakeFileStore)

    def publish(self, *files: SourceFile) -> None:
        for file in files:
            self.source.publish(file, file.name.encode())

    def fetch(self) -> list[RawFile]:
        return fetch_files(a_run(), self.source, self.files, self.store)

    def record(self, raw: RawFile, status: FileStatus = FileStatus.ACCEPTED) -> None:
        self.files.put(
            a_file(raw.file_id, day=raw.day, kind=raw.kind, name=raw.name, status=status)
        )

    def names(self) -> list[str]:
        return [raw.name for raw in self.fetch()]


def test_a_days_files_are_kept_as_they_came() -> None:
    office = Office()
    office.publish(settlement(), statement())

    found = office.fetch()

    assert [(raw.name, raw.kind, raw.layout) for raw in found] == [
        ("s-2026-11-22.csv", SourceKind.SETTLEMENT, "sandbox"),
        ("b-2026-11-22.csv", SourceKind.BANK, "sandbox_bank"),
    ]
    assert {raw.psp for raw in found} == {PSP}
    assert [b"".join(office.store.read(raw.key)) for raw in found] == [
        b"s-2026-11-22.csv",
        b"b-2026-11-22.csv",
    ]


def test_files_of_the_two_days_before_are_looked_for_again_oldest_first() -> None:
    office = Office()
    office.publish(*map(settlement, (DAY, BEFORE, EARLIER, LONG_AGO, "2026-11-23")))

    assert office.names() == ["s-2026-11-20.csv", "s-2026-11-21.csv", "s-2026-11-22.csv"]


def test_an_earlier_days_file_that_is_known_by_name_is_not_fetched_again() -> None:
    office = Office()
    office.publish(settlement(BEFORE), settlement())
    for raw in office.fetch():
        office.record(raw)
    office.source.reads.clear()

    # The day's own is: what a PSP corrects, it corrects on the day.
    assert office.names() == ["s-2026-11-22.csv"]
    assert office.source.reads == ["s-2026-11-22.csv"]


def test_an_earlier_days_file_that_came_late_is_fetched_though_others_are_known() -> None:
    office = Office()
    office.publish(settlement(BEFORE))
    for raw in office.fetch():
        office.record(raw)
    office.publish(settlement(BEFORE, "late"), settlement(EARLIER))

    assert office.names() == ["s-2026-11-20.csv", "late-2026-11-21.csv"]


def test_a_statement_of_an_earlier_day_is_fetched_again_for_its_late_lines() -> None:
    office = Office()
    office.publish(statement(EARLIER))
    (first,) = office.fetch()
    office.record(first)
    office.source.publish(statement(EARLIER), b"with a line more")

    (again,) = office.fetch()

    assert (again.name, again.day) == (first.name, EARLIER)
    assert again.file_id != first.file_id


def test_a_name_is_known_of_its_own_kind_only() -> None:
    office = Office()
    office.publish(settlement(BEFORE))
    office.files.put(a_file(day=BEFORE, kind=SourceKind.BANK, name=settlement(BEFORE).name))
    office.files.put(a_file(psp="other", day=BEFORE, name=settlement(BEFORE).name))

    assert office.names() == ["s-2026-11-21.csv"]


def test_what_was_laid_into_the_inbox_comes_after_its_days_files() -> None:
    office = Office()
    office.publish(settlement(BEFORE), settlement())
    for day in (DAY, BEFORE, EARLIER, LONG_AGO):
        office.store.drop(PSP, day, SourceKind.BANK, f"hand-{day}", b"x")
    office.store.drop("other", DAY, SourceKind.BANK, "hand-other", b"x")

    assert office.names() == [
        "hand-2026-11-20",
        "s-2026-11-21.csv",
        "hand-2026-11-21",
        "s-2026-11-22.csv",
        "hand-2026-11-22",
    ]


def test_a_day_without_files_is_no_mistake() -> None:
    assert Office().fetch() == []


def test_a_psp_that_is_down_is_asked_again_later() -> None:
    office = Office(source=FakeSettlementSource(is_down=True))

    with pytest.raises(Unavailable):
        office.fetch()


def test_a_file_that_breaks_off_is_not_kept() -> None:
    office = Office(source=FakeSettlementSource(breaks_off=True))
    office.publish(settlement())

    with pytest.raises(Unavailable):
        office.fetch()
    assert office.store.objects == {}

    office.source = replace(office.source, breaks_off=False)
    assert office.names() == ["s-2026-11-22.csv"]
