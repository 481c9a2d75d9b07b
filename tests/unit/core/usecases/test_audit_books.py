from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from countinghouse.bookkeeping import book
from countinghouse.domain.ledger import Journal
from countinghouse.domain.wallet import WalletAddress
from countinghouse.usecases.audit_books import audit_books
from tests.builders import a_journal
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeBalanceBook, FakeLedger

S1 = WalletAddress("seller:s1", "EUR")


def booked(*minors: int) -> FakeLedger:
    ledger = FakeLedger()
    book([a_journal(f"o{n}", minor=minor) for n, minor in enumerate(minors)], ledger)
    return ledger


def audited(ledger: FakeLedger, balances: FakeBalanceBook | None = None) -> set[str]:
    findings = audit_books(ledger, ledger, balances or FakeBalanceBook(), FakeClock())
    return {finding.code for finding in findings}


def test_sound_books_have_no_findings() -> None:
    assert audited(booked(10, 20, 30)) == set()
    assert audited(FakeLedger()) == set()


def test_a_journal_that_vanished_is_found_and_recorded_once() -> None:
    ledger, balances = booked(10, 20), FakeBalanceBook()
    ledger.linked.popitem()

    assert audited(ledger, balances) == {"wallet_differs_from_journals"}
    recorded = dict(balances.findings)
    assert audited(ledger, balances) == {"wallet_differs_from_journals"}
    assert balances.findings == recorded


def test_a_wallet_someone_changed_is_found() -> None:
    ledger = booked(10)
    bent = {**ledger.wallet_rows[S1].balances, "seller_pending:s1": -11}
    ledger.wallet_rows[S1] = replace(ledger.wallet_rows[S1], balances=MappingProxyType(bent))

    assert audited(ledger) == {"trial_balance", "unsound", "wallet_differs_from_journals"}


def test_a_row_that_cannot_be_read_is_found() -> None:
    ledger = booked(10)
    ledger.damaged.append("wallet seller:s9 EUR#0: KeyError")

    assert audited(ledger) == {"unsound"}


class BusyLedger(FakeLedger):
    """Books one more journal between the look at journals and the look at wallets, once."""

    busy = True

    def all_journals(self) -> Iterator[Journal | str]:
        yield from list(super().all_journals())
        if self.busy:
            self.busy = False
            book([a_journal("late", minor=5)], self)


def test_a_booking_made_while_the_audit_looks_is_no_finding() -> None:
    ledger, balances = BusyLedger(), FakeBalanceBook()
    book([a_journal(minor=10)], ledger)

    assert audited(ledger, balances) == set()
    assert balances.findings == {}
