import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import ValidationError

from countinghouse.domain.errors import IllegalTransition, Unavailable
from countinghouse.domain.instants import MINUTE, start_of_day
from countinghouse.usecases.bill_seller import Billing
from functions.billing_steps import handler
from functions.billing_steps.wiring import Deps
from tests.fakes.billing import FakeBillRegister, FakeCloseBook, FakeDocumentStore
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import FakeContext
from tests.months import Story

SEPT = "2026-09"
SETTLE = 5 * MINUTE


@dataclass
class Office:
    story: Story = field(default_factory=Story)
    register: FakeBillRegister = field(default_factory=FakeBillRegister)
    documents: FakeDocumentStore = field(default_factory=FakeDocumentStore)
    closes: FakeCloseBook = field(default_factory=FakeCloseBook)
    clock: FakeClock = field(default_factory=lambda: FakeClock(start_of_day("2026-10-03")))
    early: bool = False

    def deps(self) -> Deps:
        ledger = self.story.ledger
        billing = Billing(
            ledger,
            ledger,
            self.closes,
            self.register,
            self.documents,
            self.clock,
            issuer="The Platform",
            settle=SETTLE,
            orders=FakeOrderBook(),
        )
        return Deps(billing, ledger, ledger, "documents", self.early)

    def run(self, step: str, **more: Any) -> dict[str, object]:
        answer: dict[str, object] = handler.lambda_handler({"step": step, **more}, FakeContext())
        return answer


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    office = Office()
    office.story.capture("o1")
    office.story.release("o1")
    monkeypatch.setattr(handler, "deps", office.deps)
    return office


def test_a_whole_close_step_by_step(office: Office) -> None:
    closed = office.run("close", month=SEPT)
    assert closed == {"month": SEPT, "closed_at": "2026-10-03T00:00:00.000Z"}
    office.clock.advance(SETTLE)

    listed = office.run("list", month=SEPT)
    assert listed == {"bucket": "documents", "key": "closes/2026-09/sellers.json"}
    sellers = json.loads(office.documents.read(str(listed["key"])) or b"")
    bills = [office.run("bill", month=SEPT, seller_id=seller) for seller in sellers]
    assert bills == [{"month": SEPT, "seller_id": "s1", "currencies": ["EUR"], "billed": True}]

    assert office.run("pack", month=SEPT) == {"month": SEPT, "unreadable": 0}
    assert office.run("report", month=SEPT) == {"month": SEPT, "sellers": 1, "unbilled": 0}


def test_by_the_clock_the_month_before_is_closed(office: Office) -> None:
    closed = office.run("close_last", started_at="2026-10-03T06:00:00.123Z")

    assert closed["month"] == SEPT
    assert office.run("close_last", started_at="2026-10-03T06:00:00.123Z") == closed


def test_a_month_that_has_not_ended_is_closed_only_where_early_is_allowed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(IllegalTransition):
        office.run("close", month="2026-10")

    office.early = True
    monkeypatch.setattr(handler, "deps", office.deps)

    assert office.run("close", month="2026-10")["month"] == "2026-10"


def test_nobody_is_billed_and_nothing_is_packed_before_the_books_have_settled(
    office: Office,
) -> None:
    office.run("close", month=SEPT)

    with pytest.raises(Unavailable):
        office.run("bill", month=SEPT, seller_id="s1")
    with pytest.raises(Unavailable):
        office.run("pack", month=SEPT)


def test_a_seller_with_nothing_has_nothing_to_print(office: Office) -> None:
    office.run("close", month=SEPT)
    office.clock.advance(SETTLE)

    answer = office.run("bill", month=SEPT, seller_id="s2")

    assert (answer["billed"], answer["currencies"]) == (False, [])


def test_sellers_that_were_left_out_are_counted(office: Office) -> None:
    office.run("close", month=SEPT)
    office.run("list", month=SEPT)

    assert office.run("report", month=SEPT)["unbilled"] == 1


@pytest.mark.parametrize(
    "task",
    [
        {},
        {"step": "forget"},
        {"step": "close"},
        {"step": "close", "month": "2026-13"},
        {"step": "bill", "month": SEPT},
        {"step": "bill", "month": SEPT, "seller_id": ""},
        {"step": "pack", "month": SEPT, "sellerid": "s1"},
    ],
)
def test_a_task_that_is_not_understood_is_refused(office: Office, task: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        handler.lambda_handler(task, FakeContext())
    assert office.documents.versions == {}
