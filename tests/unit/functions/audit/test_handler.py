from dataclasses import dataclass, field

import pytest

from countinghouse.bookkeeping import book
from countinghouse.usecases.seal_day import Sealing
from functions.audit import handler
from functions.audit.wiring import Deps
from tests.builders import a_journal
from tests.fakes.audit import FakeFindingBook, FakeSealBook
from tests.fakes.billing import FakeDocumentStore
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import FakeContext
from tests.fakes.ledger import FakeLedger

YESTERDAY = "2026-11-17"


@dataclass
class Desk:
    ledger: FakeLedger = field(default_factory=FakeLedger)
    findings: FakeFindingBook = field(default_factory=FakeFindingBook)
    seals: FakeSealBook = field(default_factory=FakeSealBook)
    copies: FakeDocumentStore = field(default_factory=FakeDocumentStore)

    def deps(self) -> Deps:
        clock = FakeClock()
        sealing = Sealing(self.ledger, self.seals, self.copies, self.findings, clock)
        return Deps(self.ledger, self.findings, clock, sealing)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    book([a_journal("o1"), a_journal("o2", "s2")], desk.ledger, desk.ledger)
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_sound_books_have_no_findings_and_yesterday_is_sealed(desk: Desk) -> None:
    assert handler.lambda_handler({}, FakeContext()) == {"findings": [], "sealed": YESTERDAY}
    assert handler.lambda_handler({}, FakeContext()) == {"findings": [], "sealed": YESTERDAY}

    assert [one.day for one in desk.seals.rows] == [YESTERDAY]
    assert desk.copies.read(f"seals/{YESTERDAY}.json") is not None


def test_a_lost_journal_is_reported(desk: Desk) -> None:
    desk.ledger.linked.popitem()

    found = handler.lambda_handler({}, FakeContext())["findings"]

    assert [one["code"] for one in found] == ["wallet_differs_from_journals"] * 2
    assert {one["finding_id"] for one in found} == set(desk.findings.rows)
    assert desk.findings.stopped("EUR")


def test_a_journal_that_turns_up_on_a_sealed_day_is_reported(desk: Desk) -> None:
    handler.lambda_handler({}, FakeContext())
    book([a_journal("o3", created_at=1)], desk.ledger, desk.ledger)

    found = handler.lambda_handler({}, FakeContext())["findings"]

    assert [one["code"] for one in found] == ["seal_broken"]
