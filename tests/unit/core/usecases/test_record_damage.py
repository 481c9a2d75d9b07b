from countinghouse.usecases.record_damage import record_damage
from tests.builders import NOW
from tests.fakes.audit import FakeFindingBook
from tests.fakes.clock import FakeClock


def test_damage_is_recorded_once_and_stops_its_currency() -> None:
    book, clock = FakeFindingBook(), FakeClock()

    first = record_damage("book_damaged", "a1", "removed", ["EUR"], book, clock)
    clock.advance(5)
    again = record_damage("book_damaged", "a1", "removed", ["EUR"], book, clock)

    assert list(book.rows) == [first.finding_id] == [again.finding_id]
    assert book.rows[first.finding_id].found_at == NOW
    assert book.rows[first.finding_id].announced
    assert book.stopped("EUR") == (first.finding_id,)
    assert book.stopped("JPY") == ()


def test_damage_in_an_unknown_currency_stops_all() -> None:
    book = FakeFindingBook()

    record_damage("book_damaged", "a1", "removed", [], book, FakeClock())

    assert book.stopped("EUR")
    assert book.stopped("JPY")
