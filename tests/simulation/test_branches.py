"""A history that forks from another is the one that is played from the beginning."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulation import branches, cloud, lake_cloud
from tests.simulation.branches import Ended, branched, ended, saved
from tests.simulation.explore import play
from tests.simulation.faults import Call, Mode, Plan, Strike, parse_plan
from tests.simulation.flows import FLOWS
from tests.simulation.lake_names import LAKE
from tests.simulation.machine import Machine
from tests.simulation.world import World

LATER = Plan("F5", (Strike(20, Mode.RACE),))
"""A trunk with a fault of its own."""


def sampled(process: Machine, trunk: Plan, step: int) -> list[Plan]:
    """Some of its calls, each in another way."""
    world = World(process, FLOWS[trunk.flow], trunk)
    world.run()
    calls = world.injector.calls[trunk.strikes[-1].k + 1 if trunk.strikes else 0 :: step]
    ways = [(call, call.modes[place % len(call.modes)]) for place, call in enumerate(calls)]
    strikes = [Strike(call.number, mode) for call, mode in ways]
    return [Plan(trunk.flow, (*trunk.strikes, one), trunk.seed) for one in strikes]


def by_plan(ends: list[Ended]) -> dict[Plan, Ended]:
    found = {end.plan: end for end in ends}
    assert len(found) == len(ends)
    return found


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """Fork wherever there is a call; filled with the plans that did."""
    forked: list[Plan] = []
    heard = branches._heard

    def hear(plan: Plan, child: int, reads: int) -> Ended:
        forked.append(plan)
        return heard(plan, child, reads)

    monkeypatch.setattr(branches, "FORK_COSTS", -1)
    monkeypatch.setattr(branches, "_heard", hear)
    return forked


@pytest.mark.parametrize(
    ("trunk", "step"),
    [(Plan("A4"), 3), (Plan("P1"), 4), (Plan("F3", (), 5), 6), (LATER, 9), (Plan("W2"), 30)],
    ids=str,
)
def test_forked_and_replayed_histories_are_the_same_call_for_call(
    process: Machine, forks: list[Plan], trunk: Plan, step: int
) -> None:
    plans = sampled(process, trunk, step)

    forked = by_plan(branched(process, trunk, plans))

    replayed = by_plan([ended(World(process, FLOWS[trunk.flow], plan)) for plan in plans])
    assert set(forks) == set(plans)
    assert forked == replayed
    assert all(end.log_sha256 and end.tally.faults for end in forked.values())


def test_nothing_runs_beside_that_a_child_would_miss(process: Machine) -> None:
    # Other suites' servers may stand in this process: not what is played.
    before = set(threading.enumerate())

    play(process, Plan("W2"))

    beside = {thread.name for thread in set(threading.enumerate()) - before}
    # Its sleep never ends in here (`EmulatorTime`).
    assert beside <= {"dynamodb-ttl-reaper"}
    database = lake_cloud._database()
    names = "('threads', 'async_threads')"
    asked = f"SELECT name, value FROM duckdb_settings() WHERE name IN {names}"  # noqa: S608
    assert dict(database.execute(asked).fetchall()) == {"threads": "1", "async_threads": "0"}


def test_a_failure_in_a_branch_is_the_one_that_a_replay_finds(
    process: Machine, forks: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    old: Callable[..., Any] = World._read_log

    def wrong_when_struck(world: World) -> None:
        old(world)
        if world.injector.struck:
            world.problems.append(f"I4: struck at {world.injector.struck[0].number}")

    monkeypatch.setattr(World, "_read_log", wrong_when_struck)
    plans = [parse_plan("A4:9:err"), parse_plan("A4:20:after")]

    ends = branched(process, Plan("A4"), plans)

    assert len(forks) == 2
    assert by_plan(ends) == by_plan([ended(World(process, FLOWS["A4"], one)) for one in plans])
    failures = [end.failure for end in ends if end.failure]
    assert [one.plan for one in failures] == ["A4:9:err", "A4:20:after"]
    assert all(one.problems[0].startswith("I4: struck at ") for one in failures)


@pytest.mark.parametrize(
    "how", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: os._exit(0), KeyboardInterrupt]
)
def test_a_branch_that_tells_nothing_is_a_failure(
    process: Machine, forks: list[Plan], monkeypatch: pytest.MonkeyPatch, how: Callable[[], object]
) -> None:
    def tell(*_: object) -> None:
        error = how()
        if isinstance(error, BaseException):
            raise error

    monkeypatch.setattr(branches, "_tell", tell)

    (end,) = branched(process, Plan("A1"), [parse_plan("A1:5:err")])

    assert forks
    assert end.tally.histories == 1
    assert end.failure is not None
    assert "a branch ended with status" in end.failure.problems[0]


def test_what_parts_early_or_never_is_played_from_the_beginning(process: Machine) -> None:
    early, never = parse_plan("A4:3:err"), parse_plan("A4:500:err")
    late = [Plan("A4", (Strike(501 + n, Mode.ERR),)) for n in range(3)]

    ends = by_plan(branched(process, Plan("A4"), [early, never, *late]))

    assert (saved(early), saved(never)) == (0, 450)
    assert set(ends) == {early, never, *late}
    assert ends[early].tally.faults == 1
    assert ends[never].tally.faults == 0
    assert ends[never].log_sha256 == play(process, Plan("A4")).injector.log_sha256


# --- what is remembered, so that histories are quick ---------------------------------------------
def test_the_emulator_replaces_a_row_and_never_changes_it(process: Machine) -> None:
    rows: dict[int, tuple[cloud.Item, str]] = {}
    world = World(process, FLOWS["A4"], parse_plan("A4:12:lost"))
    look = world.injector.observed

    def observed(call: Call) -> None:
        for table in cloud.TABLES:
            for item in cloud.items(table):
                before, text = rows.setdefault(id(item), (item, repr(item)))
                assert before is item
                assert text == repr(item)
        look(call)

    world.injector.observed = observed
    world.run()

    assert len(rows) > 10


def test_a_question_is_asked_again_when_a_file_has_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []

    def queried(files: Any, text: str) -> bytes:
        asked.append((files, text))
        return str(len(asked)).encode()

    monkeypatch.setattr(lake_cloud, "_queried", queried)
    monkeypatch.setattr(lake_cloud, "_ANSWERS", {})
    monkeypatch.setattr(lake_cloud, "ANSWERS_MAX", 3)
    key = (LAKE, "postings/day=2026-11-22/1.json")
    one, other = (lake_cloud.Store({key: content}) for content in (b"1", b"2"))

    answers = [lake_cloud.answered(store, "q") for store in (one, one, other, one)]
    assert answers == [b"1", b"1", b"2", b"1"]
    assert lake_cloud.answered(one, "another") == b"3"
    for number in range(5):
        lake_cloud.answered(one, f"many {number}")
    assert len(lake_cloud._ANSWERS) == 3
