import pytest

from countinghouse.bookkeeping import book
from countinghouse.domain.finding import DamagedRow
from countinghouse.usecases import read_trial_balance as module
from countinghouse.usecases.read_trial_balance import read_trial_balance
from countinghouse.usecases.take_trial_balance import take_trial_balance
from tests.builders import NOW, a_journal
from tests.fakes.audit import FakeFindingBook
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeBalanceBook, FakeLedger


def booked(sellers: int) -> FakeLedger:
    ledger = FakeLedger()
    for number in range(sellers):
        book([a_journal(f"o{number}", f"s{number}", 10)], ledger, ledger)
    return ledger


def test_small_books_are_counted_now() -> None:
    ledger, balances = booked(2), FakeBalanceBook()
    take_trial_balance(booked(1), balances, FakeFindingBook(), FakeClock(NOW - 1))

    balance = read_trial_balance(ledger, balances, FakeClock())

    assert balance.as_of == NOW
    assert balance.accounts == {"EUR": {"psp_receivable:sandbox": 20, "seller_pending": -20}}


def test_large_books_are_shown_as_they_were_last_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COUNTED_AT_ONCE", 3)
    ledger, balances = booked(4), FakeBalanceBook()
    take_trial_balance(ledger, balances, FakeFindingBook(), FakeClock(NOW - 60_000))

    assert read_trial_balance(ledger, balances, FakeClock()).as_of == NOW - 60_000


def test_rows_that_cannot_be_read_do_not_hide_the_others() -> None:
    ledger = booked(1)
    ledger.damaged.append(DamagedRow("wallet x"))

    assert read_trial_balance(ledger, FakeBalanceBook(), FakeClock()).wallets == 1
