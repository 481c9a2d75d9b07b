import pytest

from countinghouse.domain.errors import Conflict, IllegalTransition, NotFound
from countinghouse.domain.finding import Finding
from countinghouse.usecases.acknowledge_finding import acknowledge_finding
from tests.builders import NOW
from tests.fakes.audit import FakeFindingBook
from tests.fakes.clock import FakeClock
from tests.payouts import ADA, LINUS

FINDING = Finding("total:EUR:5", "trial_balance", "EUR sums to 5", NOW, ("EUR",))
OTHER = Finding("total:EUR:6", "trial_balance", "EUR sums to 6", NOW, ("EUR",))


@pytest.fixture
def book() -> FakeFindingBook:
    book = FakeFindingBook()
    book.report(FINDING)
    book.report(OTHER)
    return book


def answer(book: FakeFindingBook, caller: str = LINUS, finding: Finding = FINDING) -> Finding:
    return acknowledge_finding(finding.finding_id, caller, "it is known", book, FakeClock(NOW + 1))


def test_payouts_go_on_when_the_last_finding_is_answered_for(book: FakeFindingBook) -> None:
    answered = answer(book)

    assert (answered.acknowledged_by, answered.reason) == (LINUS, "it is known")
    assert book.get(FINDING.finding_id) == answered
    assert book.stopped("EUR") == (OTHER.finding_id,)

    answer(book, finding=OTHER)

    assert book.stopped("EUR") == ()


def test_a_repeat_is_the_same_and_another_person_is_too_late(book: FakeFindingBook) -> None:
    first = answer(book)

    assert answer(book) == first
    with pytest.raises(IllegalTransition):
        answer(book, ADA)
    assert book.get(FINDING.finding_id) == first


def test_of_two_at_once_one_has_answered(book: FakeFindingBook) -> None:
    book.interfere.append(lambda: answer(book, ADA))

    with pytest.raises(IllegalTransition):
        answer(book)

    stored = book.get(FINDING.finding_id)
    assert stored is not None
    assert stored.acknowledged_by == ADA


def test_a_finding_found_again_stops_nobody_twice(book: FakeFindingBook) -> None:
    answer(book)
    answer(book, finding=OTHER)

    assert not book.report(FINDING)
    assert book.stopped("EUR") == ()


def test_there_is_no_answering_for_what_was_not_found(book: FakeFindingBook) -> None:
    with pytest.raises(NotFound):
        acknowledge_finding("fnd_none", LINUS, "why not", book, FakeClock())


def test_a_book_that_never_settles_is_a_conflict(book: FakeFindingBook) -> None:
    def moved() -> None:
        raise Conflict("moved")

    book.interfere += [moved] * 8

    with pytest.raises(Conflict):
        answer(book)
    assert book.stopped("EUR")
