import json
from dataclasses import dataclass, field, replace

import pytest

from countinghouse.bookkeeping import book
from countinghouse.domain.errors import Conflict
from countinghouse.domain.finding import DamagedRow
from countinghouse.domain.instants import DAY, HOUR, start_of_day
from countinghouse.domain.ledger import Journal
from countinghouse.domain.seal import add_up, check_chain, end_of, nothing, parse_seal, seal
from countinghouse.usecases.seal_day import Sealed, Sealing, key_of, seal_day
from tests.builders import a_journal
from tests.fakes.audit import FakeBookedFigures, FakeFindingBook, FakeSealBook
from tests.fakes.billing import FakeDocumentStore
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger

FRIDAY, SATURDAY, SUNDAY = "2026-11-20", "2026-11-21", "2026-11-22"


def on(day: str, order_id: str, minor: int = 10, currency: str = "EUR") -> Journal:
    return a_journal(order_id, minor=minor, currency=currency, created_at=start_of_day(day) + HOUR)


@dataclass
class Office:
    """A ledger and its seals, at two in the morning after a day."""

    ledger: FakeLedger = field(default_factory=FakeLedger)
    seals: FakeSealBook = field(default_factory=FakeSealBook)
    copies: FakeDocumentStore = field(default_factory=FakeDocumentStore)
    findings: FakeFindingBook = field(default_factory=FakeFindingBook)
    lake: FakeBookedFigures | None = None

    def book(self, *journals: Journal) -> None:
        assert book(journals, self.ledger, self.ledger) == {}

    def after(self, day: str) -> Sealed:
        clock = FakeClock(end_of(day) + 2 * HOUR)
        ports = Sealing(self.ledger, self.seals, self.copies, self.findings, clock, self.lake)
        return seal_day(ports)

    def codes(self) -> list[str]:
        return sorted(finding.code for finding in self.findings.rows.values())


@pytest.fixture
def office() -> Office:
    """Two days sealed."""
    office = Office()
    office.book(on(FRIDAY, "o0"))
    office.after(FRIDAY)
    office.book(on(SATURDAY, "o1"), on(SATURDAY, "o2", 20), on(SATURDAY, "o3", 7, "JPY"))
    office.after(SATURDAY)
    return office


def test_a_day_is_sealed_once_over_the_day_before(office: Office) -> None:
    friday, saturday = office.seals.rows

    assert saturday == seal(
        SATURDAY,
        add_up([on(SATURDAY, "o1"), on(SATURDAY, "o2", 20), on(SATURDAY, "o3", 7, "JPY")]),
        friday,
    )
    again = office.after(SATURDAY)
    assert (again.seal, again.is_new, again.findings) == (saturday, False, ())
    assert office.seals.rows == [friday, saturday]
    assert check_chain(office.seals.rows) == []


def test_the_first_seal_reaches_back_to_the_beginning() -> None:
    office = Office()
    office.book(on("2020-01-01", "old"), on(FRIDAY, "o0"), on(SATURDAY, "late"))

    sealed = office.after(FRIDAY)

    assert (sealed.is_new, sealed.seal.figures.journals) == (True, 2)


def test_a_run_that_was_missed_is_made_up_for_in_one_seal(office: Office) -> None:
    office.book(on(SUNDAY, "o5"), on("2026-11-23", "o6"))

    sealed = office.after("2026-11-23").seal

    assert (sealed.day, sealed.previous_day, sealed.figures.journals) == ("2026-11-23", SATURDAY, 2)


def test_a_day_without_a_journal_is_sealed_as_well(office: Office) -> None:
    assert office.after(SUNDAY).seal.figures == nothing()


def test_a_copy_lies_beside_each_seal(office: Office) -> None:
    for one in office.seals.rows:
        content = office.copies.read(key_of(one.day))
        assert content is not None
        view = json.loads(content)
        assert parse_seal(view) == one
        assert view["hash"] == one.hash


def test_a_copy_that_a_crash_left_out_is_laid_by_the_next_run() -> None:
    office = Office()
    office.seals.add(seal(FRIDAY, nothing(), None))

    assert office.after(SATURDAY).findings == ()

    assert office.copies.read(key_of(FRIDAY)) is not None
    assert office.copies.read(key_of(SATURDAY)) is not None


def test_a_copy_that_says_something_else_is_found_and_left(office: Office) -> None:
    forged = b'{"day": "2026-11-21"}'
    office.copies.write(key_of(SATURDAY), forged, "application/json")

    office.after(SUNDAY)

    assert office.codes() == ["seal_chain_broken"]
    assert office.copies.read(key_of(SATURDAY)) == forged


def test_a_journal_removed_from_a_sealed_day_is_found(office: Office) -> None:
    del office.ledger.linked[on(SATURDAY, "o3", 7, "JPY").ledger_id]

    (finding,) = office.after(SUNDAY).findings

    assert finding.code == "seal_broken"
    assert finding.stops == ("JPY",)
    assert "2 journals instead of 3, debits 0 JPY instead of 7" in finding.detail
    assert office.findings.stopped("JPY") == (finding.finding_id,)
    assert office.findings.stopped("EUR") == ()


def test_a_journal_altered_in_what_is_not_an_amount_is_found(office: Office) -> None:
    ledger_id = on(FRIDAY, "o0").ledger_id
    linked = office.ledger.linked[ledger_id]
    forged = replace(linked.journal, kind="refund")
    office.ledger.linked[ledger_id] = replace(linked, journal=forged)

    (finding,) = office.after(SUNDAY).findings

    assert (finding.code, finding.stops) == ("seal_broken", ("*",))
    assert FRIDAY in finding.detail


def test_a_journal_that_appears_on_a_sealed_day_is_found_once(office: Office) -> None:
    office.book(on(SATURDAY, "backdated"))

    first = office.after(SUNDAY).findings
    again = office.after(SUNDAY).findings

    assert [one.code for one in first] == ["seal_broken"]
    assert again[0].finding_id == first[0].finding_id
    assert len(office.findings.rows) == 1


def test_a_seal_that_was_altered_is_found(office: Office) -> None:
    friday, saturday = office.seals.rows
    office.seals.rows[0] = replace(friday, figures=nothing())

    office.after(SUNDAY)

    assert office.codes() == ["seal_broken", "seal_chain_broken"]
    assert saturday.previous == friday.hash


def test_rows_that_cannot_be_read_are_the_audits_to_report(office: Office) -> None:
    office.ledger.damaged.append(DamagedRow("wallet x"))

    assert office.after(SUNDAY).findings == ()


def test_the_lake_is_asked_about_the_last_seal_a_day_later(office: Office) -> None:
    sealed = office.seals.rows[-1]
    office.lake = FakeBookedFigures(sealed.figures)

    assert office.after(SUNDAY).findings == ()
    assert office.lake.asked == [(end_of(FRIDAY), end_of(SATURDAY))]


def test_a_lake_that_says_something_else_stops_the_currency(office: Office) -> None:
    sealed = office.seals.rows[-1].figures
    office.lake = FakeBookedFigures(replace(sealed, debits={**sealed.debits, "JPY": 8}))

    (finding,) = office.after(SUNDAY).findings

    assert (finding.code, finding.stops) == ("seal_differs_from_lake", ("JPY",))


def test_a_lake_without_any_seal_to_compare_is_not_asked() -> None:
    office = Office(lake=FakeBookedFigures(nothing()))

    office.after(FRIDAY)

    assert office.lake is not None
    assert office.lake.asked == []


def test_of_two_runs_at_once_one_seals(office: Office) -> None:
    office.seals.interfere.append(lambda: office.after(SUNDAY))

    with pytest.raises(Conflict):
        office.after(SUNDAY)

    assert [one.day for one in office.seals.rows] == [FRIDAY, SATURDAY, SUNDAY]
    assert check_chain(office.seals.rows) == []


def test_nothing_of_today_is_sealed(office: Office) -> None:
    office.book(on(SUNDAY, "today"))
    early = FakeClock(start_of_day(SUNDAY) + DAY // 2)
    ports = Sealing(office.ledger, office.seals, office.copies, office.findings, early)

    assert not seal_day(ports).is_new
    assert len(office.seals.rows) == 2
