"""The run's tasks have every history once, and are carried out to their end, or until stopped."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import Any

import pytest

from tests.simulation.campaign import (
    FIRSTS,
    SHRUNK_MAX,
    Crew,
    Until,
    markets,
    pairs,
    rounds,
    singles,
)
from tests.simulation.explore import some_strikes, strikes
from tests.simulation.faults import Call, Mode, Plan
from tests.simulation.journal import Journal
from tests.simulation.tally import Failure, Tally
from tests.simulation.tasks import Drawn, Dry, Found, Listed, Markets, Pairs, Smaller, Task


def calls(many: int) -> list[Call]:
    """A flow of so many calls, half of them writes."""
    operations = itertools.cycle(["GetItem", "PutItem"])
    return [Call(n, "f", "dynamodb", next(operations), "") for n in range(many)]


FLOWS = {"F1": calls(12), "F2": calls(46), "F9": calls(700)}


class Inline(Executor):
    """Plays a task as it is handed over."""

    def submit(self, fn: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future = Future[Any]()
        future.set_result(fn(*given, **named))
        return future


def listed(tasks: list[Task]) -> Iterator[Listed]:
    for task in tasks:
        assert isinstance(task, Listed)
        yield task


def test_every_single_fault_is_in_one_task() -> None:
    plans = Counter(plan for task in listed(singles(FLOWS)) for plan in task.plans)

    wanted = {Plan(flow) for flow in FLOWS}
    wanted |= {Plan(flow, (one,)) for flow, made in FLOWS.items() for one in strikes(made)}
    assert set(plans) == wanted
    assert set(plans.values()) == {1}


def test_a_task_is_a_few_seconds_and_much_longer_than_the_trunk_it_begins_with() -> None:
    tasks = list(listed(singles(FLOWS)))

    for task in tasks:
        assert task.work <= 1.5 * max(2_000, 20 * len(FLOWS[task.subject]))
        assert task.work >= 10 * len(FLOWS[task.subject])
    long = [task for task in tasks if task.subject == "F9"]
    assert len(long) > 20
    for task in long:
        assert {plan.strikes[0].k // 100 for plan in task.plans if plan.strikes} == set(range(7))


def test_markets_of_chance_have_a_seed_each() -> None:
    tasks = [task for task in markets(5, 42) if isinstance(task, Markets)]

    assert [seed for task in tasks for seed in task.seeds] == list(range(5, 47))
    assert max(task.work for task in tasks) <= 2_000


def test_by_the_clock_it_is_enough_when_the_seconds_have_passed() -> None:
    passed = 59.0
    enough = Until(lambda: 10**9, lambda: passed, calls=1, seconds=60.0)

    assert not enough()
    passed = 60.0
    assert enough()


def test_whenever_it_is_stopped_each_flow_has_had_its_share() -> None:
    tasks = singles({"F2": calls(46), "F3": calls(46)})

    first = Counter(task.subject for task in tasks[: len(tasks) // 2])
    assert min(first["F2"], first["F3"]) > len(tasks) // 8


def test_of_a_short_flow_every_first_fault_is_followed_by_every_second() -> None:
    tasks = [task for task in pairs(FLOWS, seed=1) if task.subject == "F1"]

    firsts = [first for task in tasks if isinstance(task, Pairs) for first in task.firsts]
    assert Counter(firsts) == Counter(strikes(FLOWS["F1"]))
    assert all(isinstance(task, Pairs) and task.seed is None for task in tasks)


@pytest.mark.parametrize(("flow", "many"), [("F2", FIRSTS), ("F9", 3)])
def test_of_a_long_flow_the_seed_draws_some(flow: str, many: int) -> None:
    def firsts(seed: int) -> list[Any]:
        tasks = [task for task in pairs(FLOWS, seed) if task.subject == flow]
        return sorted(str(one) for t in tasks if isinstance(t, Pairs) for one in t.firsts)

    assert len(set(firsts(1))) == many
    assert firsts(1) == firsts(1)
    assert firsts(1) != firsts(2)


def test_rounds_play_about_as_many_calls_of_every_flow_and_no_seed_twice() -> None:
    played = [task for one in itertools.islice(rounds(FLOWS, 5), 3) for task in one]

    for flow in FLOWS:
        drawn = [task for task in played if task.subject == flow and isinstance(task, Drawn)]
        seeds = [seed for task in drawn for seed in task.seeds]
        assert len(seeds) == len(set(seeds))
        assert min(seeds) == 5
        assert 3 * 1_300 < sum(task.work for task in drawn) <= 3 * 2_000


def test_at_the_gate_each_call_fails_in_one_way_in_turn() -> None:
    some = list(some_strikes(FLOWS["F2"], seed=1, calls_max=4_000))

    assert [strike.k for strike in some] == list(range(46))
    assert len({strike.mode for strike in some}) > 6
    other = list(some_strikes(FLOWS["F2"], seed=2, calls_max=4_000))
    assert all(a.mode is not b.mode for a, b in zip(some, other, strict=True))


def test_at_the_gate_of_a_long_flow_only_some_calls_fail() -> None:
    some = list(some_strikes(FLOWS["F9"], seed=1, calls_max=4_000))

    assert len(some) * 700 <= 4_000 + 700
    assert {strike.k % 2 for strike in some} == {0, 1}
    assert {strike.mode for strike in some} <= set(Mode)


def carried(found: Callable[[Task], Found], tasks: Sequence[Task], **more: Any) -> list[Found]:
    heard: list[Found] = []
    Crew(Inline(), 2, found, heard.append, Journal()).carry_out(tasks, **more)
    return heard


def test_every_task_is_carried_out_once() -> None:
    heard = carried(lambda task: Found(task.part, task.subject), [Dry(f"F{n}") for n in range(9)])

    assert Counter(found.subject for found in heard) == Counter(f"F{n}" for n in range(9))


def test_a_failure_is_made_smaller_once_for_each_flow_and_invariant() -> None:
    def failing(task: Task) -> Found:
        found = Found(task.part, task.subject)
        if isinstance(task, Smaller):
            found.shrunk = task.failure
        else:
            found.failures = [
                Failure(f"{task.subject}:{k}:err", (f"{invariant}: wrong",))
                for k, invariant in enumerate(["I4", "I4", "I9", "determinism"])
            ]
        return found

    heard = carried(failing, list(singles({"F1": calls(12)})) * 3)

    shrunk = [found.shrunk for found in heard if found.shrunk]
    assert sorted(one.plan for one in shrunk) == ["F1:0:err", "F1:2:err"]
    many = [Dry(f"F{n}", part="singles") for n in range(40)]
    assert sum(bool(found.shrunk) for found in carried(failing, many)) == SHRUNK_MAX


def test_what_is_under_way_is_heard_when_it_is_enough() -> None:
    tally = Tally()

    def playing(task: Task) -> Found:
        return Found(task.part, task.subject, Tally(faulted=10))

    def hear(found: Found) -> None:
        tally.add(found.tally)

    endless = (Dry("F1") for _ in itertools.count())
    enough = Until(lambda: tally.faulted, lambda: 0.0, calls=100)
    Crew(Inline(), 2, playing, hear, Journal()).carry_out(endless, enough)

    assert 100 <= tally.faulted <= 120


def test_after_ctrl_c_nothing_new_is_begun() -> None:
    heard: list[Found] = []

    def hear(found: Found) -> None:
        heard.append(found)
        crew.stopped = len(heard) >= 4

    crew = Crew(Inline(), 2, lambda task: Found(task.part, task.subject), hear, Journal())
    crew.carry_out(Dry("F1") for _ in itertools.count())

    assert 4 <= len(heard) <= 6
