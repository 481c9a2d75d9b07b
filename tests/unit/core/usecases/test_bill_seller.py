import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.close import month_after
from countinghouse.domain.errors import Conflict, Invalid, Unavailable
from countinghouse.domain.fees import FeeTax, FrozenFee
from countinghouse.domain.instants import HOUR, MINUTE
from countinghouse.domain.invoice import Bill
from countinghouse.domain.order import OrderStatus
from countinghouse.usecases.bill_seller import RACES_MAX, Billing, bill_seller
from tests.builders import an_order
from tests.fakes.billing import FakeBillRegister, FakeCloseBook, FakeDocumentStore
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock
from tests.months import Story, stories

SETTLE = 5 * MINUTE
SEPT = "2026-09"
KEY = f"statements/s1/{SEPT}/EUR/statement"


@dataclass
class Office:
    """A story told so far, and who bills it."""

    story: Story = field(default_factory=Story)
    register: FakeBillRegister = field(default_factory=FakeBillRegister)
    documents: FakeDocumentStore = field(default_factory=FakeDocumentStore)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)

    def billing(self, now: int | None = None) -> Billing:
        ledger = self.story.ledger
        return Billing(
            ledger=ledger,
            journals=ledger,
            closes=FakeCloseBook(self.story.closes),
            register=self.register,
            documents=self.documents,
            clock=FakeClock(self.story.now + SETTLE if now is None else now),
            issuer="The Platform",
            settle=SETTLE,
            orders=self.orders,
        )

    def bill(self, month: str = SEPT, seller: str = "s1") -> tuple[str, ...]:
        return bill_seller(seller, month, self.billing())

    def sold(self, *orders: str) -> None:
        for order in orders:
            self.story.capture(order)
            self.story.release(order)


@pytest.fixture
def office() -> Office:
    """One order sold in September, which is closed."""
    office = Office()
    office.sold("o1")
    office.story.go_to("2026-10-03").close(SEPT)
    return office


def numbers(office: Office) -> list[str]:
    papers = [paper for bill in office.register.bills.values() for paper in bill.papers]
    return sorted(paper.number for paper in papers)


def test_a_bill_is_registered_and_stored(office: Office) -> None:
    assert office.bill() == ("EUR",)

    stored = json.loads(office.documents.read(f"{KEY}.json") or b"")
    assert (stored["status"], stored["month"], stored["seller_id"]) == ("closed", SEPT, "s1")
    assert [paper["number"] for paper in stored["documents"]] == ["s1-000001"]
    assert stored["documents"][0]["issued_at"] == stored["closed_at"]
    assert office.documents.media_types == {
        f"{KEY}.json": "application/json",
        f"{KEY}.csv": "text/csv; charset=utf-8",
    }


def test_billing_again_takes_no_number_and_stores_the_same_bytes(office: Office) -> None:
    office.bill()
    office.story.now += HOUR
    office.sold("o2")

    office.bill()

    assert numbers(office) == ["s1-000001"]
    for versions in office.documents.versions.values():
        assert len(versions) == 2
        assert versions[0] == versions[1]


def test_a_crash_before_the_bytes_are_stored_is_mended_by_the_next_run(office: Office) -> None:
    for failures in (1, 2):
        office.documents.fail = [Unavailable("S3")] * failures
        with pytest.raises(Unavailable):
            office.bill()
    office.documents.fail = []

    office.bill()

    assert numbers(office) == ["s1-000001"]
    assert {*office.documents.versions} == {f"{KEY}.json", f"{KEY}.csv"}


def test_two_at_once_take_one_number(office: Office) -> None:
    office.register.interfere = [office.bill]

    office.bill()

    assert numbers(office) == ["s1-000001"]


def test_another_month_that_got_in_between_leaves_no_gap(office: Office) -> None:
    office.sold("o2")
    office.story.refund("o1")
    october = office.story.go_to("2026-11-03")
    october.close("2026-10")
    office.register.interfere = [lambda: office.bill("2026-10")]

    office.bill(SEPT)

    assert numbers(office) == ["s1-000001", "s1-000002", "s1-000003"]
    third = office.register.bills["s1", SEPT].papers
    assert [paper.number for paper in third] == ["s1-000003"]


def test_who_loses_every_race_comes_again(office: Office) -> None:
    def other() -> None:
        office.register.series["s1"] = office.register.taken("s1") + 1

    office.register.interfere = [other] * RACES_MAX

    with pytest.raises(Conflict):
        office.bill()


def test_nobody_is_billed_before_the_month_is_closed_and_settled(office: Office) -> None:
    with pytest.raises(Unavailable):
        office.bill("2026-10")
    with pytest.raises(Unavailable):
        bill_seller("s1", SEPT, office.billing(office.story.now + SETTLE - 1))

    assert office.register.bills == {}
    assert office.documents.versions == {}


def test_a_seller_with_nothing_to_be_told_has_an_empty_bill(office: Office) -> None:
    assert office.bill(seller="s2") == ()

    assert office.register.bill("s2", SEPT) == Bill()
    assert office.documents.versions == {}


def test_a_statement_without_fees_takes_no_number() -> None:
    office = Office()
    office.story.capture("o1")
    office.story.go_to("2026-10-03").close(SEPT)

    assert office.bill() == ("EUR",)
    assert numbers(office) == []
    assert office.register.series == {}


def test_a_correction_is_billed_in_the_next_month(office: Office) -> None:
    office.bill()
    office.story.refund("o1", days_ago=6)
    office.story.go_to("2026-11-03").close("2026-10")

    office.bill("2026-10")

    assert len(office.documents.versions[f"{KEY}.json"]) == 1
    papers = office.register.bills["s1", "2026-10"].papers
    assert [(p.number, str(p.kind)) for p in papers] == [("s1-000002", "credit_note")]


def test_books_that_say_something_else_than_what_was_billed_are_an_alarm(office: Office) -> None:
    office.bill()
    known = office.register.bills["s1", SEPT]

    (drawn,) = known.drawn
    office.register.bills["s1", SEPT] = replace(known, drawn=(replace(drawn, digest="x"),))
    with pytest.raises(Invalid, match="other content"):
        office.bill()

    (paper,) = known.papers
    office.register.bills["s1", SEPT] = replace(known, papers=(replace(paper, fee_minor=1),))
    with pytest.raises(Invalid, match="other amounts"):
        office.bill()

    office.register.bills["s1", SEPT] = replace(known, papers=(paper, paper))
    with pytest.raises(Invalid, match="other amounts"):
        office.bill()


def test_a_month_has_to_open_as_the_last_was_closed(office: Office) -> None:
    office.bill()
    office.story.go_to("2026-11-03").close("2026-10")
    known = office.register.bills["s1", SEPT]
    (drawn,) = known.drawn
    wrong = replace(drawn, closing={**drawn.closing, "available": 1})
    office.register.bills["s1", SEPT] = replace(known, drawn=(wrong,))

    with pytest.raises(Invalid, match="was billed up to"):
        office.bill("2026-10")


@given(stories(), st.lists(st.sampled_from(["crash", "race", "twice", "none"]), max_size=20))
def test_numbers_are_gapless_whatever_crashes_or_runs_twice(
    story: Story, faults: list[str]
) -> None:
    office = Office(story)
    story.now += HOUR
    months = [close.month for close in story.closes]

    for month in months:
        fault = faults.pop() if faults else "none"
        _bill_with(fault, office, month)
    for month in months:
        office.bill(month)

    found = numbers(office)
    assert found == [f"s1-{place:06d}" for place in range(1, len(found) + 1)]
    assert office.register.taken("s1") == len(found)
    for versions in office.documents.versions.values():
        assert len(set(versions)) == 1, "a key holds the same bytes for ever"
    if months:
        after = month_after(months[-1])
        with pytest.raises(Unavailable):
            office.bill(after)


def _bill_with(fault: str, office: Office, month: str) -> None:
    again: Callable[[], object] = lambda: office.bill(month)  # noqa: E731
    if fault == "crash":
        office.documents.fail = [Unavailable("S3")]
    if fault == "race":
        office.register.interfere = [again]
    try:
        again()
    except Unavailable:
        assert fault == "crash"
    office.documents.fail, office.register.interfere = [], []
    if fault == "twice":
        again()


def test_a_document_has_the_tax_rules_that_its_orders_were_frozen_under(office: Office) -> None:
    rule = FeeTax("fr-v1", "FR", 1_900)
    fee = FrozenFee("default-v1", 100, 19, tax=rule)
    office.orders.put(an_order(OrderStatus.CAPTURED, "o1", fee=fee))

    office.bill()

    (document,) = json.loads(office.documents.read(f"{KEY}.json") or b"")["documents"]
    assert document["taxes"] == [
        {
            "rule_id": "fr-v1",
            "country": "FR",
            "basis_points": 1_900,
            "reverse_charge": False,
            "fee": 100,
            "tax": 19,
        }
    ]
