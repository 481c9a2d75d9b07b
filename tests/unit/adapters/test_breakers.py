import json
from dataclasses import dataclass, field

import pytest

from countinghouse.domain.breaker import Breaker, BreakerPolicy, BreakerState
from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import SECOND
from countinghouse_aws.psp import breakers
from countinghouse_aws.psp.breakers import READ_EVERY, Breakers
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import logged
from tests.fakes.psp_health import FakeBreakerBook

B = BreakerState
POLICY = BreakerPolicy(failures=3, window=10 * SECOND, cool_off=30 * SECOND)


@dataclass
class Fleet:
    """Processes that share one book and one clock; `opened` counts the metric."""

    book: FakeBreakerBook = field(default_factory=FakeBreakerBook)
    clock: FakeClock = field(default_factory=FakeClock)
    opened: list[str] = field(default_factory=list)

    def process(self) -> Breakers:
        return Breakers(("stripe", "adyen"), self.book, self.clock, POLICY)


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch) -> Fleet:
    fleet = Fleet()
    monkeypatch.setattr(breakers, "count", fleet.opened.append)
    return fleet


def break_down(process: Breakers, psp: str = "stripe") -> None:
    for _ in range(POLICY.failures):
        process.failed(psp, "unknown")


def test_a_healthy_psp_costs_no_write_and_one_read_every_few_seconds(fleet: Fleet) -> None:
    process = fleet.process()
    for _ in range(100):
        assert process.admits("stripe")
        process.answered("stripe")
    assert (fleet.book.reads, fleet.book.writes) == (1, 0)

    fleet.clock.advance(READ_EVERY)
    process.state("adyen")

    assert fleet.book.reads == 2


def test_it_opens_for_all_processes_and_says_so_once(fleet: Fleet) -> None:
    one, other = fleet.process(), fleet.process()
    assert other.state("stripe") is B.CLOSED

    break_down(one)
    break_down(one)

    assert one.state("stripe") is B.OPEN
    assert not one.admits("stripe")
    assert one.admits("adyen")
    assert fleet.opened == ["PspCircuitOpen", "PspCircuitOpen_stripe"]
    assert fleet.book.writes == 1
    fleet.clock.advance(READ_EVERY)
    assert not other.admits("stripe")


def test_after_the_cool_off_one_call_in_the_fleet_tries(fleet: Fleet) -> None:
    one, other = fleet.process(), fleet.process()
    break_down(one)
    fleet.clock.advance(POLICY.cool_off)

    assert one.state("stripe") is B.HALF_OPEN
    assert other.state("stripe") is B.HALF_OPEN
    assert other.admits("stripe")
    assert not one.admits("stripe"), "the other was first"
    assert not other.admits("stripe"), "one call, not one process"

    other.answered("stripe")
    assert other.admits("stripe")
    fleet.clock.advance(READ_EVERY)
    assert one.state("stripe") is B.CLOSED


def test_a_trial_that_fails_opens_it_again_at_once(fleet: Fleet) -> None:
    process = fleet.process()
    break_down(process)
    fleet.clock.advance(POLICY.cool_off)
    assert process.admits("stripe")

    process.failed("stripe", "not_sent")

    assert process.state("stripe") is B.OPEN
    assert fleet.book.rows["stripe"].last_error == "not_sent"
    assert fleet.opened == ["PspCircuitOpen", "PspCircuitOpen_stripe"] * 2


def test_a_trial_whose_process_died_is_taken_over(fleet: Fleet) -> None:
    dead, heir = fleet.process(), fleet.process()
    break_down(dead)
    fleet.clock.advance(POLICY.cool_off)
    assert dead.admits("stripe")
    fleet.clock.advance(POLICY.probe_lease - 1)
    assert not heir.admits("stripe")

    fleet.clock.advance(1)

    assert heir.admits("stripe")


def test_answers_from_before_the_breakdown_close_nothing(fleet: Fleet) -> None:
    process = fleet.process()
    break_down(process)

    process.answered("stripe")
    process.failed("stripe", "unknown")

    assert process.state("stripe") is B.OPEN
    assert fleet.book.writes == 1


def test_whoever_was_first_is_believed(fleet: Fleet) -> None:
    process = fleet.process()
    theirs = Breaker("stripe").opened(fleet.clock.now(), "not_sent", POLICY)
    fleet.book.interfere.append(lambda: fleet.book.rows.update(stripe=theirs))

    break_down(process)

    assert process.state("stripe") is B.OPEN
    assert fleet.book.rows["stripe"] is theirs
    assert fleet.opened == []


def test_after_it_closed_old_failures_count_no_more(fleet: Fleet) -> None:
    process = fleet.process()
    break_down(process)
    fleet.clock.advance(POLICY.cool_off)
    process.admits("stripe")
    process.answered("stripe")

    process.failed("stripe", "unknown")

    assert process.state("stripe") is B.CLOSED


def test_without_the_book_what_is_known_holds_and_nothing_is_held_up(fleet: Fleet) -> None:
    process = fleet.process()
    fleet.book.error = Unavailable("no table")

    assert process.admits("stripe")
    break_down(process)

    assert process.state("stripe") is B.OPEN, "in this process"
    fleet.clock.advance(READ_EVERY)
    assert process.state("stripe") is B.OPEN
    assert fleet.process().admits("stripe"), "the others cannot know"


def test_opening_and_closing_are_logged_with_the_psps_name(fleet: Fleet) -> None:
    with logged() as logs:
        process = fleet.process()
        break_down(process)
        fleet.clock.advance(POLICY.cool_off)
        process.admits("stripe")
        process.answered("stripe")
        lines = [json.loads(line) for line in logs.getvalue().splitlines()]

    assert [(line["message"], line["psp"]) for line in lines] == [
        ("psp circuit open", "stripe"),
        ("psp circuit closed", "stripe"),
    ]
