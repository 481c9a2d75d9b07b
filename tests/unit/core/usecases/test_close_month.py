import pytest

from countinghouse.domain.close import Closes
from countinghouse.domain.errors import Conflict, IllegalTransition
from countinghouse.domain.instants import DAY, start_of_day
from countinghouse.usecases.close_month import RACES_MAX, close_month
from tests.fakes.billing import FakeCloseBook
from tests.fakes.clock import FakeClock

DEC_3 = start_of_day("2026-12-03")


def test_a_month_is_closed_once() -> None:
    book, clock = FakeCloseBook(), FakeClock(DEC_3)

    first = close_month("2026-11", book, clock)
    clock.advance(DAY)

    assert close_month("2026-11", book, clock) == first
    assert first.closed_at == DEC_3


def test_a_month_that_has_not_ended_is_refused_unless_early() -> None:
    book, clock = FakeCloseBook(), FakeClock(DEC_3)

    with pytest.raises(IllegalTransition):
        close_month("2026-12", book, clock)
    assert book.kept == Closes()

    assert close_month("2026-12", book, clock, early=True).closed_at == DEC_3


def test_a_month_out_of_order_is_refused() -> None:
    book, clock = FakeCloseBook(), FakeClock(DEC_3)
    close_month("2026-10", book, clock)

    with pytest.raises(IllegalTransition, match="2026-11 is next"):
        close_month("2026-12", book, clock, early=True)


def test_who_comes_second_gets_the_close_of_who_came_first() -> None:
    book, clock = FakeCloseBook(), FakeClock(DEC_3)
    book.interfere = [lambda: close_month("2026-11", book, FakeClock(DEC_3 - 1))]

    assert close_month("2026-11", book, clock).closed_at == DEC_3 - 1


def test_others_that_keep_closing_are_a_conflict() -> None:
    book, clock = FakeCloseBook(), FakeClock(DEC_3)

    def lost() -> None:
        raise Conflict("somebody else was first")

    book.interfere = [lost] * RACES_MAX
    with pytest.raises(Conflict, match="kept being closed"):
        close_month("2026-11", book, clock)
