from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from countinghouse.bookkeeping import book
from countinghouse.domain.finding import DamagedRow
from countinghouse.domain.ledger import Journal
from countinghouse.domain.wallet import WalletAddress
from countinghouse.usecases.audit_books import audit_books
from tests.builders import a_journal
from tests.fakes.audit import FakeFindingBook
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger

S1 = WalletAddress("seller:s1", "EUR")


def booked(*minors: int) -> FakeLedger:
    ledger = FakeLedger()
    book([a_journal(f"o{n}", minor=minor) for n, minor in enumerate(minors)], ledger, ledger)
    return ledger


def audited(ledger: FakeLedger, book: FakeFindingBook | None = None) -> set[str]:
    findings = audit_books(ledger, ledger, book or FakeFindingBook(), FakeClock())
    return {finding.code for finding in findings}


def test_sound_books_have_no_findings() -> None:
    assert audited(booked(10, 20, 30)) == set()
    assert audited(FakeLedger()) == set()


def test_a_journal_that_vanished_is_found_and_recorded_once() -> None:
    ledger, findings = booked(10, 20), FakeFindingBook()
    ledger.linked.popitem()

    assert audited(ledger, findings) == {"wallet_differs_from_journals"}
    recorded = dict(findings.rows)
    assert audited(ledger, findings) == {"wallet_differs_from_journals"}
    assert findings.rows == recorded
    assert len(findings.stopped("EUR")) == 2
    assert findings.stopped("JPY") == ()


def test_a_wallet_someone_changed_is_found() -> None:
    ledger = booked(10)
    bent = {**ledger.wallet_rows[S1].balances, "seller_pending:s1": -11}
    ledger.wallet_rows[S1] = replace(ledger.wallet_rows[S1], balances=MappingProxyType(bent))

    assert audited(ledger) == {"trial_balance", "wallet_unbalanced", "wallet_differs_from_journals"}


def test_a_row_that_cannot_be_read_is_found() -> None:
    ledger, findings = booked(10), FakeFindingBook()
    ledger.damaged.append(DamagedRow("wallet seller:s9 EUR#0: KeyError", ("EUR",)))

    assert audited(ledger, findings) == {"unsound"}
    assert findings.stopped("EUR")
    assert not findings.stopped("JPY")


def test_a_row_of_an_unknown_currency_stops_them_all() -> None:
    ledger, findings = booked(10), FakeFindingBook()
    ledger.damaged.append(DamagedRow("journal a1"))

    audited(ledger, findings)

    assert findings.stopped("EUR") == findings.stopped("JPY") != ()


class BusyLedger(FakeLedger):
    """Books one more journal between the look at journals and the look at wallets, once."""

    busy = True

    def all_journals(self) -> Iterator[Journal | DamagedRow]:
        yield from list(super().all_journals())
        if self.busy:
            self.busy = False
            book([a_journal("late", minor=5)], self, self)


def test_a_booking_made_while_the_audit_looks_is_no_finding() -> None:
    ledger, findings = BusyLedger(), FakeFindingBook()
    book([a_journal(minor=10)], ledger, ledger)

    assert audited(ledger, findings) == set()
    assert (findings.rows, findings.stops) == ({}, {})
