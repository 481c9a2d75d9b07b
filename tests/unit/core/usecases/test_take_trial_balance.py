from countinghouse.bookkeeping import book
from countinghouse.usecases.take_trial_balance import take_trial_balance
from tests.builders import NOW, a_journal
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeBalanceBook, FakeLedger


def test_the_wallets_are_added_up_and_the_sum_is_kept() -> None:
    ledger, balances = FakeLedger(), FakeBalanceBook()
    book([a_journal("o1", "s1", 10)], ledger)
    book([a_journal("o2", "s2", 5)], ledger)

    balance = take_trial_balance(ledger, balances, FakeClock())

    assert balance.accounts == {"EUR": {"psp_receivable:sandbox": 15, "seller_pending": -15}}
    assert balance.totals == {"EUR": 0}
    assert (balance.wallets, balance.as_of) == (2, NOW)
    assert balances.latest() == balance


def test_an_older_count_does_not_replace_a_newer_one() -> None:
    balances = FakeBalanceBook()
    newer = take_trial_balance(FakeLedger(), balances, FakeClock(NOW))

    take_trial_balance(FakeLedger(), balances, FakeClock(NOW - 1))

    assert balances.latest() == newer


def test_rows_that_cannot_be_read_are_left_to_the_audit() -> None:
    ledger = FakeLedger()
    book([a_journal()], ledger)
    ledger.damaged.append("wallet x")

    assert take_trial_balance(ledger, FakeBalanceBook(), FakeClock()).wallets == 1
