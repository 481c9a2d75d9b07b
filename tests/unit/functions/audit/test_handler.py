import pytest

from countinghouse.bookkeeping import book
from functions.audit import handler
from functions.audit.wiring import Deps
from tests.builders import a_journal
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import FakeContext
from tests.fakes.ledger import FakeBalanceBook, FakeLedger


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> FakeLedger:
    ledger, balances = FakeLedger(), FakeBalanceBook()
    book([a_journal("o1"), a_journal("o2", "s2")], ledger)
    monkeypatch.setattr(handler, "deps", lambda: Deps(ledger, ledger, balances, FakeClock()))
    return ledger


def test_sound_books_have_no_findings(ledger: FakeLedger) -> None:
    assert handler.lambda_handler({}, FakeContext()) == {"findings": []}


def test_a_lost_journal_is_reported(ledger: FakeLedger) -> None:
    ledger.linked.popitem()

    found = handler.lambda_handler({}, FakeContext())["findings"]

    assert len(found) == 2
    assert all(finding.startswith("differs:EUR:") for finding in found)
