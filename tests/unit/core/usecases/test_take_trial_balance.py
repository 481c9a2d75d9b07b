from dataclasses import replace
from types import MappingProxyType

from countinghouse.bookkeeping import book
from countinghouse.domain.finding import DamagedRow
from countinghouse.domain.wallet import WalletAddress
from countinghouse.usecases.take_trial_balance import take_trial_balance
from tests.builders import NOW, a_journal
from tests.fakes.audit import FakeFindingBook
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeBalanceBook, FakeLedger

S1 = WalletAddress("seller:s1", "EUR")


def test_the_wallets_are_added_up_and_the_sum_is_kept() -> None:
    ledger, balances = FakeLedger(), FakeBalanceBook()
    book([a_journal("o1", "s1", 10)], ledger, ledger)
    book([a_journal("o2", "s2", 5)], ledger, ledger)

    balance = take_trial_balance(ledger, balances, FakeFindingBook(), FakeClock())

    assert balance.accounts == {"EUR": {"psp_receivable:sandbox": 15, "seller_pending": -15}}
    assert balance.totals == {"EUR": 0}
    assert (balance.wallets, balance.as_of) == (2, NOW)
    assert balances.latest() == balance


def test_an_older_count_does_not_replace_a_newer_one() -> None:
    balances = FakeBalanceBook()
    newer = take_trial_balance(FakeLedger(), balances, FakeFindingBook(), FakeClock(NOW))

    take_trial_balance(FakeLedger(), balances, FakeFindingBook(), FakeClock(NOW - 1))

    assert balances.latest() == newer


def counted(ledger: FakeLedger) -> FakeFindingBook:
    findings = FakeFindingBook()
    take_trial_balance(ledger, FakeBalanceBook(), findings, FakeClock())
    take_trial_balance(ledger, FakeBalanceBook(), findings, FakeClock())
    return findings


def test_sound_wallets_stop_nobody() -> None:
    ledger = FakeLedger()
    book([a_journal(), a_journal("o2", "s2", currency="JPY")], ledger, ledger)

    assert counted(ledger) == FakeFindingBook()


def test_a_row_that_cannot_be_read_is_reported_and_the_others_are_counted() -> None:
    ledger, findings = FakeLedger(), FakeFindingBook()
    book([a_journal()], ledger, ledger)
    ledger.damaged.append(DamagedRow("wallet seller:s9 JPY#0: KeyError", ("JPY",)))

    balance = take_trial_balance(ledger, FakeBalanceBook(), findings, FakeClock())

    assert balance.wallets == 1
    assert [one.code for one in findings.rows.values()] == ["unsound"]
    assert list(findings.stops) == ["JPY"]


def test_a_wallet_that_someone_changed_stops_its_currency() -> None:
    ledger = FakeLedger()
    book([a_journal(minor=10), a_journal("o2", "s2", currency="JPY")], ledger, ledger)
    bent = {**ledger.wallet_rows[S1].balances, "seller_pending:s1": -11}
    ledger.wallet_rows[S1] = replace(ledger.wallet_rows[S1], balances=MappingProxyType(bent))

    findings = counted(ledger)

    assert {one.code for one in findings.rows.values()} == {"trial_balance", "wallet_unbalanced"}
    assert len(findings.stopped("EUR")) == 2
    assert findings.stopped("JPY") == ()
