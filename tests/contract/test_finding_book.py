from dataclasses import dataclass, replace

import pytest

from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.finding import Finding, acknowledge
from countinghouse.ports.audit import FindingBook, PayoutStops
from countinghouse_aws.dynamodb.findings import DynamoFindingBook
from countinghouse_aws.dynamodb.stops import DynamoPayoutStops
from countinghouse_aws.observability import metrics
from tests.builders import NOW
from tests.contract.tables import Tables
from tests.fakes.audit import FakeFindingBook

EUR = Finding("total:EUR:5", "trial_balance", "EUR sums to 5", NOW, ("EUR",))
BOTH = Finding("book_damaged:a", "book_damaged", "removed", NOW + 1, ("EUR", "JPY"), announced=True)
ANY = Finding("unsound:row", "unsound", "row", NOW + 2)


@dataclass(frozen=True)
class Books:
    findings: FindingBook
    stops: PayoutStops


@pytest.fixture(params=["fake", "dynamo"])
def books(request: pytest.FixtureRequest) -> Books:
    if request.param == "fake":
        fake = FakeFindingBook()
        return Books(fake, fake)
    table = request.getfixturevalue("tables").balances
    return Books(DynamoFindingBook(table), DynamoPayoutStops(table))


def answered(finding: Finding, by: str = "linus") -> Finding:
    return acknowledge(finding, by, "it is known", NOW + 9)


def test_a_finding_is_recorded_once_with_its_stops(books: Books) -> None:
    assert books.stops.stopped("EUR") == ()
    assert books.findings.get(EUR.finding_id) is None

    assert books.findings.report(EUR)
    assert not books.findings.report(replace(EUR, found_at=NOW + 5))

    assert books.findings.get(EUR.finding_id) == EUR
    assert books.stops.stopped("EUR") == (EUR.finding_id,)
    assert books.stops.stopped("JPY") == ()


def test_a_finding_without_a_currency_stops_all(books: Books) -> None:
    books.findings.report(ANY)

    assert books.findings.get(ANY.finding_id) == ANY
    assert books.stops.stopped("EUR") == books.stops.stopped("JPY") == (ANY.finding_id,)


def test_albania_is_a_country_among_others(books: Books) -> None:
    books.findings.report(replace(EUR, currencies=("ALL",)))

    assert books.stops.stopped("ALL") == (EUR.finding_id,)
    assert books.stops.stopped("EUR") == ()


def test_stops_are_told_oldest_first(books: Books) -> None:
    for finding in (ANY, BOTH, EUR):
        books.findings.report(finding)

    assert books.stops.stopped("EUR") == (EUR.finding_id, BOTH.finding_id, ANY.finding_id)
    assert books.stops.stopped("JPY") == (BOTH.finding_id, ANY.finding_id)


def test_an_acknowledgement_lifts_its_own_stops_and_no_others(books: Books) -> None:
    for finding in (EUR, BOTH, ANY):
        books.findings.report(finding)

    books.findings.acknowledge(BOTH, answered(BOTH))
    assert books.findings.get(BOTH.finding_id) == answered(BOTH)
    assert books.stops.stopped("EUR") == (EUR.finding_id, ANY.finding_id)
    assert books.stops.stopped("JPY") == (ANY.finding_id,)

    books.findings.acknowledge(ANY, answered(ANY))
    books.findings.acknowledge(EUR, answered(EUR))
    assert books.stops.stopped("EUR") == books.stops.stopped("JPY") == ()


def test_it_is_acknowledged_once(books: Books) -> None:
    books.findings.report(EUR)
    books.findings.acknowledge(EUR, answered(EUR))

    with pytest.raises(Conflict):
        books.findings.acknowledge(EUR, answered(EUR, "ada"))

    assert books.findings.get(EUR.finding_id) == answered(EUR)


def test_what_was_acknowledged_stops_nobody_when_it_is_found_again(books: Books) -> None:
    books.findings.report(EUR)
    books.findings.acknowledge(EUR, answered(EUR))

    assert not books.findings.report(EUR)

    assert books.stops.stopped("EUR") == ()
    assert books.findings.get(EUR.finding_id) == answered(EUR)


def test_there_is_no_acknowledging_what_was_not_found(books: Books) -> None:
    with pytest.raises(Conflict):
        books.findings.acknowledge(EUR, answered(EUR))

    assert books.findings.get(EUR.finding_id) is None


def test_the_list_is_newest_first_page_by_page(books: Books) -> None:
    found = [replace(EUR, subject=f"fault {n}", found_at=NOW + n // 2) for n in range(5)]
    for finding in found:
        books.findings.report(finding)
    books.findings.acknowledge(found[3], answered(found[3]))
    read: list[Finding] = []
    cursor: str | None = None
    for _ in range(5):
        page = books.findings.find(cursor, 2)
        assert len(page.findings) <= 2
        read += page.findings
        cursor = page.next_cursor
        if cursor is None:
            break

    wanted = {one.subject: one for one in [*found[:3], answered(found[3]), found[4]]}
    assert {one.subject: one for one in read} == wanted
    assert len(read) == 5
    assert [one.found_at for one in read] == sorted((o.found_at for o in read), reverse=True)


def test_an_empty_list_has_no_next_page(books: Books) -> None:
    page = books.findings.find(None, 10)

    assert (page.findings, page.next_cursor) == ((), None)


@pytest.mark.parametrize("cursor", ["x", "12", "~fnd_1", "99999999999999999~fnd_1", "1.5~fnd_1"])
def test_what_is_no_cursor_is_refused(books: Books, cursor: str) -> None:
    with pytest.raises(Invalid):
        books.findings.find(cursor, 10)


def test_whoever_is_held_by_a_stop_is_counted(tables: Tables) -> None:
    table = tables.balances
    metrics().counts.clear()
    DynamoPayoutStops(table).stopped("EUR")
    assert "PayoutsStopped" not in metrics().counts

    DynamoFindingBook(table).report(EUR)
    DynamoPayoutStops(table).stopped("EUR")

    assert metrics().counts.pop("PayoutsStopped") == 1
