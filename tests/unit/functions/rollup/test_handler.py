import pytest

from countinghouse.bookkeeping import book
from functions.rollup import handler
from functions.rollup.wiring import Deps
from tests.builders import a_journal
from tests.fakes.audit import FakeFindingBook
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import FakeContext
from tests.fakes.ledger import FakeBalanceBook, FakeLedger


def test_the_trial_balance_is_kept_and_its_totals_are_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger, balances = FakeLedger(), FakeBalanceBook()
    book([a_journal("o1"), a_journal("o2", "s2", currency="JPY")], ledger, ledger)
    monkeypatch.setattr(
        handler, "deps", lambda: Deps(ledger, balances, FakeFindingBook(), FakeClock())
    )

    answer = handler.lambda_handler({}, FakeContext())

    assert answer == {"wallets": 2, "totals": {"EUR": 0, "JPY": 0}}
    assert balances.newest is not None
    assert balances.newest.totals == {"EUR": 0, "JPY": 0}
