"""What the bank has shown is booked: each batch once, and never more than agrees."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice

import pytest

from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import HOUR, start_of_day
from countinghouse.domain.ledger import Journal
from countinghouse.domain.posting import addresses_of, plan_posting
from countinghouse.domain.reconciliation import FileRecord, FileStatus, Run, settlement_key
from countinghouse.domain.settlement import BatchTotal
from countinghouse.usecases.settle_batches import RACES_MAX, Settling, settle_batches
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger
from tests.fakes.reconciliation import FakeFileBook
from tests.runs import DAY, NIGHT, PSP, a_file, a_run, a_statement, a_total

S = FileStatus
ACCOUNTS = {f"bank:{PSP}": 970, "psp_fee_expense": 30, f"psp_receivable:{PSP}": -1_000}
B1 = settlement_key(PSP, "B1", "EUR").ledger_id


@dataclass
class House:
    files: FakeFileBook = field(default_factory=FakeFileBook)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NIGHT))

    def given(self, *files: FileRecord) -> House:
        for file in files:
            self.files.put(file)
        return self

    def settle(self, run: Run | None = None) -> list[str]:
        return settle_batches(run or a_run(), Settling(self.files, self.ledger, self.clock))

    def of(self, file_id: str = "f" * 32) -> FileRecord:
        return next(file for file in self.files.rows.values() if file.file_id == file_id)

    @property
    def journals(self) -> list[Journal]:
        return [row.journal for row in self.ledger.linked.values()]

    def moved(self, currency: str = "EUR") -> dict[str, int]:
        """What the journals leave on each account."""
        sums: dict[str, int] = {}
        for leg in (leg for journal in self.journals for leg in journal.legs):
            if leg.amount.currency == currency:
                sums[leg.account.name] = sums.get(leg.account.name, 0) + leg.amount.minor
        return sums


@pytest.fixture
def house() -> House:
    return House()


def test_a_batch_that_arrived_goes_from_the_psp_to_the_bank(house: House) -> None:
    house.given(a_file(totals=(a_total(),)), a_statement())

    assert house.settle() == [B1]

    (journal,) = house.journals
    assert house.moved() == ACCOUNTS
    assert (journal.kind, journal.reference) == ("settlement", f"settlement:{PSP}:B1:EUR")
    assert (journal.cause, journal.psp_reference) == ("reconciliation:rec_sandbox_20261122", "B1")
    # It happened on the file's day and is booked when the run is.
    assert (journal.event_at, journal.created_at) == (start_of_day(DAY), NIGHT)
    assert (house.of().status, house.of().settled) == (S.SETTLED, {"B1|EUR": B1})


def test_it_costs_what_the_contract_says_and_the_rest_stays_with_the_psp(house: House) -> None:
    dear = a_total(fee=50, net=950, paid_out=950, expected_fee=30)
    house.given(a_file(totals=(dear,)), a_statement(arrived={"B1|EUR": 950}))

    house.settle()

    # 20 of fees beyond the contract stay: the residual of their breaks.
    assert house.moved() == {
        f"bank:{PSP}": 950,
        "psp_fee_expense": 30,
        f"psp_receivable:{PSP}": -980,
    }


def test_a_batch_below_zero_goes_the_other_way(house: House) -> None:
    total = a_total(gross=-1_000, fee=30, expected_fee=30, net=-1_030, paid_out=-1_030)
    house.given(a_file(totals=(total,)), a_statement(arrived={"B1|EUR": -1_030}))

    assert house.settle() == [B1]

    assert house.moved() == {
        f"bank:{PSP}": -1_030,
        "psp_fee_expense": 30,
        f"psp_receivable:{PSP}": 1_000,
    }


def test_each_currency_of_a_batch_is_a_journal_of_its_own(house: House) -> None:
    yen = a_total(currency="JPY", gross=500, fee=0, expected_fee=0, net=500, paid_out=500)
    house.given(a_file(totals=(a_total(), yen)), a_statement(arrived={"B1|JPY": 500}))

    assert house.settle() == [settlement_key(PSP, "B1", "JPY").ledger_id]
    assert house.of().status is S.ACCEPTED

    house.given(a_statement("c" * 32, day="2026-11-21"))
    assert house.settle() == [B1]
    assert house.moved("JPY") == {f"bank:{PSP}": 500, f"psp_receivable:{PSP}": -500}
    assert house.moved() == ACCOUNTS
    assert house.of().status is S.SETTLED


@pytest.mark.parametrize("shown", [{}, {"B1|EUR": 969}, {"B1|EUR": 971}, {"B1|USD": 970}])
def test_what_the_bank_does_not_show_to_the_minor_unit_waits(
    house: House, shown: dict[str, int]
) -> None:
    house.given(a_file(totals=(a_total(),)), a_statement(arrived=shown))

    assert house.settle() == []
    assert (house.journals, house.of().status) == ([], S.ACCEPTED)


def test_without_a_statement_everything_waits(house: House) -> None:
    assert house.given(a_file(totals=(a_total(),))).settle() == []


def test_what_arrives_late_is_settled_by_a_later_day(house: House) -> None:
    house.given(a_file(totals=(a_total(),)))
    assert house.settle() == []

    house.given(a_statement(day="2026-11-24"))

    assert house.settle() == [], "the run of a day knows nothing of later statements"
    assert house.settle(a_run(day="2026-11-24")) == [B1]
    assert house.settle(a_run(day="2026-12-02")) == []


def test_of_a_stopped_file_nothing_is_booked(house: House) -> None:
    house.given(a_file(totals=(a_total(),), status=S.STOPPED), a_statement())

    assert house.settle() == []
    assert (house.journals, house.of().settled) == ([], {})


def test_what_a_stopped_statement_shows_is_not_booked(house: House) -> None:
    house.given(a_file(totals=(a_total(),)), a_statement(status=S.STOPPED))

    assert house.settle() == []

    house.given(a_statement("c" * 32))
    assert house.settle() == [B1]


def test_a_batch_that_does_not_add_up_is_not_booked(house: House) -> None:
    house.given(a_file(totals=(a_total(net=960),)), a_statement())

    assert house.settle() == []


def test_a_batch_that_pays_nothing_still_costs_its_fees(house: House) -> None:
    even = a_total(gross=30, net=0, paid_out=0)
    house.given(a_file(totals=(even,)))

    assert house.settle() == [B1]
    assert house.settle() == []

    assert house.moved() == {"psp_fee_expense": 30, f"psp_receivable:{PSP}": -30}


def test_a_batch_of_nothing_is_no_journal(house: House) -> None:
    nothing = a_total(gross=0, fee=0, expected_fee=0, net=0, paid_out=0)

    assert house.given(a_file(totals=(nothing,))).settle() == []


def test_run_again_it_books_nothing_more(house: House) -> None:
    house.given(a_file(totals=(a_total(),)), a_statement())
    house.settle()
    record = house.of()

    assert house.settle() == []
    assert house.settle(a_run(day="2026-11-23")) == []
    assert (house.moved(), house.of()) == (ACCOUNTS, record)


def test_a_file_sent_again_settles_its_batch_once(house: House) -> None:
    house.given(a_file(totals=(a_total(),)), a_statement())
    house.settle()

    house.given(a_file("e" * 32, totals=(a_total(),), received_at=NIGHT + HOUR))

    assert house.settle() == [B1]
    assert house.moved() == ACCOUNTS
    assert (house.of("e" * 32).status, house.of("e" * 32).settled) == (S.SETTLED, {"B1|EUR": B1})


def test_two_files_of_a_batch_taken_in_together_settle_it_once(house: House) -> None:
    house.given(
        a_file("1" * 32, totals=(a_total(),)),
        a_file("2" * 32, totals=(a_total(lines=3),)),
        a_statement(),
    )

    house.settle()

    assert house.moved() == ACCOUNTS
    assert {file.status for file in house.files.of_days(PSP, DAY, DAY)} == {S.SETTLED, S.ACCEPTED}


def test_two_executions_at_once_book_a_batch_once(house: House) -> None:
    house.given(a_file(totals=(a_total(),)), a_statement())
    house.ledger.interfere.append(house.settle)

    with pytest.raises(Conflict):
        house.settle()

    # The step is repeated, and finds all done.
    assert house.settle() == []
    assert house.moved() == ACCOUNTS
    assert house.of().status is S.SETTLED


def test_what_was_booked_before_a_crash_is_noted_after_it(house: House) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    house.given(a_file(totals=(a_total(),)), a_statement())
    house.files.interfere.append(die)
    with pytest.raises(KeyboardInterrupt):
        house.settle()
    assert (house.moved(), house.of().settled) == (ACCOUNTS, {})

    assert house.settle() == [B1]

    assert house.moved() == ACCOUNTS
    assert house.of().settled == {"B1|EUR": B1}


def others_wallets_too(count: int) -> list[Journal]:
    """Other batches' journals, on the very wallets that B1's moves."""
    (ours,) = _settled("B1")
    all_others = (journal for number in range(1_000) for journal in _settled(f"X{number}"))
    theirs = (one for one in all_others if addresses_of([one]) == addresses_of([ours]))
    return list(islice(theirs, count))


def _settled(batch: str) -> list[Journal]:
    house = House().given(
        a_file(totals=(a_total(batch),)), a_statement(arrived={f"{batch}|EUR": 970})
    )
    house.settle()
    return house.journals


def booked_first(house: House, *journals: Journal) -> None:
    """Each is booked by another just before we try."""
    ledger = house.ledger
    for one in journals:

        def move(one: Journal = one) -> None:
            ledger.commit(plan_posting([one], ledger.wallets(addresses_of([one]))).posting)

        # The other's commit takes the next step off the list itself.
        ledger.interfere += [move, lambda: None]


def test_a_wallet_that_moves_meanwhile_only_costs_a_try(house: House) -> None:
    house.given(a_file(totals=(a_total(),)), a_statement())
    booked_first(house, *others_wallets_too(2))

    assert house.settle() == [B1]

    assert house.moved() == {name: 3 * minor for name, minor in ACCOUNTS.items()}
    assert house.ledger.interfere == []


def test_wallets_that_never_keep_still_are_tried_again_later(house: House) -> None:
    house.given(a_file(totals=(a_total(),)), a_statement())
    booked_first(house, *others_wallets_too(RACES_MAX))

    with pytest.raises(Conflict):
        house.settle()

    assert house.of().settled == {}
    assert B1 not in house.ledger.linked
    assert house.settle() == [B1]


def test_a_record_that_moved_meanwhile_is_not_overwritten(house: House) -> None:
    house.given(a_file(totals=(a_total(),)), a_statement())
    key = next(key for key, file in house.files.rows.items() if file.file_id == "f" * 32)

    def others() -> None:
        house.files.rows[key] = replace(house.files.rows[key], version=7, duplicates=5)

    house.files.interfere.append(others)

    with pytest.raises(Conflict):
        house.settle()

    assert (house.of().version, house.of().duplicates) == (7, 5)


def test_only_files_of_this_psp_within_reach_are_settled(house: House) -> None:
    def files(day: str, psp: str, batch: str) -> tuple[FileRecord, FileRecord]:
        total: BatchTotal = a_total(batch)
        shown = {f"{batch}|EUR": 970}
        return (
            a_file(batch * 16, day=day, psp=psp, totals=(total,)),
            a_statement(batch * 15, day=day, psp=psp, arrived=shown),
        )

    house.given(*files("2026-09-23", PSP, "B3"), *files(DAY, "other", "B4"))
    house.given(*files("2026-09-24", PSP, "B2"))

    assert house.settle() == [settlement_key(PSP, "B2", "EUR").ledger_id]
