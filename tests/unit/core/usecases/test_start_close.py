import pytest

from countinghouse.domain.close import Closes
from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.instants import MINUTE, start_of_day
from countinghouse.usecases.start_close import start_close
from tests.fakes.billing import FakeCloseBook, FakeCloseWorkflow
from tests.fakes.clock import FakeClock

DEC_3 = start_of_day("2026-12-03")


def test_a_double_click_is_one_run_and_nothing_is_written() -> None:
    book, workflow, clock = FakeCloseBook(), FakeCloseWorkflow(), FakeClock(DEC_3)

    start_close("2026-11", book, workflow, clock)
    clock.advance(1)
    start_close("2026-11", book, workflow, clock)

    assert workflow.runs == {"close-2026-11-2026-12-03T00-00": "2026-11"}
    assert book.kept == Closes()


def test_a_closed_month_may_be_run_again() -> None:
    book = FakeCloseBook(Closes().closing("2026-11", DEC_3))
    workflow, clock = FakeCloseWorkflow(), FakeClock(DEC_3 + MINUTE)

    start_close("2026-11", book, workflow, clock)

    assert list(workflow.runs.values()) == ["2026-11"]


@pytest.mark.parametrize("month", ["2026-12", "2027-01", "2026-10"])
def test_what_cannot_be_closed_is_not_started(month: str) -> None:
    book = FakeCloseBook(Closes().closing("2026-11", DEC_3))
    workflow = FakeCloseWorkflow()

    with pytest.raises(IllegalTransition):
        start_close(month, book, workflow, FakeClock(DEC_3))
    assert workflow.runs == {}
