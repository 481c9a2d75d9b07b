"""Closes and bills: the same suite on the fakes and on DynamoDB."""

from dataclasses import dataclass

import pytest

from countinghouse.domain.accounts import BUCKETS
from countinghouse.domain.close import Closes
from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.instants import DAY, start_of_day
from countinghouse.domain.invoice import Bill, Drawn, Issued, PaperKind, number_of
from countinghouse.ports.billing import BillRegister, CloseBook
from countinghouse_aws.dynamodb.billing import DynamoBillRegister, DynamoCloseBook
from tests.fakes.billing import FakeBillRegister, FakeCloseBook

NOV, DEC = "2026-11", "2026-12"
AT = start_of_day("2026-12-03")
ONE = Closes().closing(NOV, AT)
TWO = ONE.closing(DEC, AT + 31 * DAY)


@dataclass
class Office:
    closes: CloseBook
    register: BillRegister


@pytest.fixture(params=["fake", "dynamo"])
def office(request: pytest.FixtureRequest) -> Office:
    if request.param == "fake":
        return Office(FakeCloseBook(), FakeBillRegister())
    table = request.getfixturevalue("tables").billing
    return Office(DynamoCloseBook(table), DynamoBillRegister(table))


def drawn(currency: str = "EUR", month: str = NOV) -> Drawn:
    return Drawn(currency, month, {name: place - 2 for place, name in enumerate(BUCKETS)}, "d" * 64)


def issued(place: int, currency: str = "EUR", month: str = NOV, credit: bool = False) -> Issued:
    kind = PaperKind.CREDIT_NOTE if credit else PaperKind.INVOICE
    return Issued(number_of("s1", place), kind, currency, month, 700, 133, AT, "The Platform\nX")


def test_closes_are_read_back(office: Office) -> None:
    assert office.closes.closes() == Closes()

    office.closes.record(Closes(), ONE)
    assert office.closes.closes() == ONE

    office.closes.record(ONE, TWO)
    assert office.closes.closes() == TWO


def test_a_close_over_others_than_one_read_is_a_conflict(office: Office) -> None:
    office.closes.record(Closes(), ONE)
    with pytest.raises(Conflict):
        office.closes.record(Closes(), Closes().closing(DEC, AT + 31 * DAY))

    office.closes.record(ONE, TWO)
    with pytest.raises(Conflict):
        office.closes.record(ONE, ONE.closing(DEC, AT + 40 * DAY))

    assert office.closes.closes() == TWO


def test_a_bill_is_read_back_by_its_month(office: Office) -> None:
    register = office.register
    november = Bill((drawn(), drawn("JPY")), (issued(1), issued(2, "JPY", credit=True)))
    december = Bill((drawn(month=DEC),), (issued(3, month=DEC),))
    assert register.bill("s1", NOV) is None
    assert register.taken("s1") == 0

    register.register("s1", NOV, 0, november)
    register.register("s1", DEC, 2, december)

    assert register.bill("s1", NOV) == november
    assert register.bill("s1", DEC) == december
    assert register.taken("s1") == 3
    assert register.bill("s2", NOV) is None
    assert register.taken("s2") == 0


def test_an_empty_bill_is_a_bill(office: Office) -> None:
    office.register.register("s1", NOV, 0, Bill())

    assert office.register.bill("s1", NOV) == Bill()
    assert office.register.taken("s1") == 0


def test_a_statement_without_documents_needs_no_number(office: Office) -> None:
    office.register.register("s1", NOV, 0, Bill((drawn(),), (issued(1),)))

    # What was read of the series does not matter to who takes nothing from it.
    office.register.register("s1", DEC, 0, Bill((drawn(month=DEC),)))

    assert office.register.taken("s1") == 1


def test_who_is_billed_twice_is_billed_once(office: Office) -> None:
    first = Bill((drawn(),), (issued(1),))
    office.register.register("s1", NOV, 0, first)

    with pytest.raises(Conflict):
        office.register.register("s1", NOV, 1, Bill((drawn(),), (issued(2),)))

    assert office.register.bill("s1", NOV) == first
    assert office.register.taken("s1") == 1


@pytest.mark.parametrize("taken", [0, 2])
def test_a_series_that_has_moved_gives_no_number_twice_and_leaves_none_out(
    office: Office, taken: int
) -> None:
    office.register.register("s1", NOV, 0, Bill((), (issued(1),)))

    with pytest.raises(Conflict):
        office.register.register("s1", DEC, taken, Bill((), (issued(taken + 1, month=DEC),)))

    assert office.register.bill("s1", DEC) is None
    assert office.register.taken("s1") == 1


def test_who_was_billed_is_told_for_many_at_once(office: Office) -> None:
    sellers = [f"s{n}" for n in range(120)]
    for seller in sellers[:3]:
        office.register.register(seller, NOV, 0, Bill())
    office.register.register("s9", DEC, 0, Bill())

    assert office.register.billed(sellers, NOV) == {"s0", "s1", "s2"}
    assert office.register.billed([], NOV) == frozenset()


def test_a_bill_beyond_one_transaction_is_refused(office: Office) -> None:
    papers = tuple(issued(n, f"{n:03}") for n in range(1, 100))

    with pytest.raises(Invalid):
        office.register.register("s1", NOV, 0, Bill((), papers))
