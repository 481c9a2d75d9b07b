"""The engine of the payout workflow keeps what Step Functions promises and our code counts on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulation.clock import VirtualClock
from tests.simulation.workflows import ARN, Execution, Workflows

Task = Callable[[dict[str, Any]], dict[str, object] | None]


class Engine:
    """The workflow with a task of the test's own."""

    def __init__(self, task: Task) -> None:
        self.clock = VirtualClock()
        self.asked: list[dict[str, Any]] = []
        self.task = task
        self.workflows = Workflows(self.clock, self._invoke, lambda: False)

    def _invoke(self, _: str, event: dict[str, Any]) -> dict[str, object] | None:
        self.asked.append(event)
        return self.task(event)

    def call(self, operation: str, **body: object) -> str:
        """The error's code, empty when there is none."""
        _, _, raw = self.workflows.answer(operation, json.dumps(body).encode())
        return str(json.loads(raw).get("__type", "")).rpartition("#")[2]

    def start(self, name: str = "po_1-1") -> str:
        given = json.dumps({"payout_id": "po_1"})
        return self.call("StartExecution", stateMachineArn=ARN, name=name, input=given)

    def wake(self, token: str) -> str:
        return self.call("SendTaskSuccess", taskToken=token, output="{}")

    def rest(self) -> Execution:
        """Go on until nothing is ready, without letting time pass."""
        while jobs := list(self.workflows.jobs()):
            jobs[0]()
        return self.workflows.executions["po_1-1"]

    def rest_for_good(self) -> Execution:
        """Go on until nothing will ever be ready."""
        execution = self.rest()
        while (wake := self.workflows.next_wake()) is not None:
            self.clock.advance_to(wake)
            self.rest()
        return execution


def answers(*following: str) -> Task:
    """A task that leads to these, one after the other."""
    left = iter(following)

    def task(event: dict[str, Any]) -> dict[str, object]:
        if event["step"] == "await":
            return {"waiting": True}
        following = next(left)
        return {"payout_id": "po_1", "status": "paid", "next": following, "wait_s": 60}

    return task


def test_a_name_is_started_once() -> None:
    engine = Engine(answers("done"))

    assert engine.start() == ""
    assert engine.start() == "ExecutionAlreadyExists"
    assert engine.rest().end == "Paid"
    assert engine.start() == "ExecutionAlreadyExists"
    assert len(engine.asked) == 1


def test_a_token_wakes_once() -> None:
    engine = Engine(answers("wait", "done"))
    engine.start()
    waiting = engine.rest()
    token = str(engine.asked[-1]["task_token"])

    assert (waiting.state, waiting.end) == ("AwaitOutcome", None)
    assert engine.wake("another") == "TaskDoesNotExist"
    assert engine.wake(token) == ""
    assert engine.wake(token) == "TaskDoesNotExist"
    assert engine.rest().end == "Paid"


def test_a_wait_ends_by_itself_and_its_token_with_it() -> None:
    engine = Engine(answers("wait", "wait", "done"))
    engine.start()
    engine.rest()
    token = str(engine.asked[-1]["task_token"])

    engine.clock.advance(60_000)
    polled = engine.rest()

    assert [task["step"] for task in engine.asked] == ["advance", "await", "advance", "await"]
    assert polled.state == "AwaitOutcome"
    assert engine.wake(token) == "TaskDoesNotExist"


def test_a_token_may_come_before_its_tasks_answer() -> None:
    engine = Engine(answers("wait", "done"))
    task = engine.task

    def impatient(event: dict[str, Any]) -> dict[str, object] | None:
        if event["step"] == "await":
            assert engine.wake(event["task_token"]) == ""
        return task(event)

    engine.task = impatient
    engine.start()

    assert engine.rest().end == "Paid"


@pytest.mark.parametrize(("failures", "end"), [(5, "Paid"), (6, "States.TaskFailed")])
def test_a_task_that_fails_is_tried_again_so_often(failures: int, end: str) -> None:
    engine = Engine(answers("done"))
    task = engine.task
    engine.task = lambda event: None if len(engine.asked) <= failures else task(event)
    engine.start()

    execution = engine.rest_for_good()

    assert execution.end == end
    assert len(engine.asked) == 6


def test_what_a_task_says_after_its_time_is_not_heard() -> None:
    engine = Engine(answers("approve", "done"))
    task = engine.task

    def frozen(event: dict[str, Any]) -> dict[str, object] | None:
        first = task(event)
        if len(engine.asked) == 1:
            engine.clock.advance(60_000)
            engine.rest()
            engine.clock.advance(2_000)
            engine.rest()
        return first

    engine.task = frozen
    engine.start()

    assert engine.rest().end == "Paid"
    assert [event["step"] for event in engine.asked] == ["advance", "advance"]


def test_an_answer_it_does_not_know_is_the_end() -> None:
    engine = Engine(answers("sing"))
    engine.start()

    assert engine.rest().end == "NotUnderstood"
    assert list(engine.workflows.at_rest()) != []
