"""Step Functions: the committed payout workflow, played on the virtual clock.

What of the states language stands in that file is understood, and nothing else. A task invokes its
function; one that died, failed or took too long is tried again as its `Retry` says, and what it
says afterwards is not heard. An execution that fails for good stays failed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from countinghouse.domain.instants import SECOND
from tests.simulation.clock import VirtualClock

FILE = Path(__file__).parents[2] / "infra" / "workflows" / "payout.asl.json"
FUNCTION = "payout_steps"
ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:payout"
INVOKE = "arn:aws:states:::lambda:invoke"
WAIT = f"{INVOKE}.waitForTaskToken"
TIMED_OUT = "States.Timeout"
FAILED = "States.TaskFailed"
NAME_MAX = 80

_FIELDS: Mapping[str, frozenset[str]] = {
    "Task": frozenset(
        {"Resource", "Parameters", "TimeoutSeconds", "TimeoutSecondsPath", "OutputPath"}
        | {"ResultPath", "Retry", "Catch", "Next"}
    ),
    "Choice": frozenset({"Choices", "Default"}),
    "Succeed": frozenset(),
    "Fail": frozenset({"Error", "Cause"}),
}
_RETRY = frozenset(
    {"ErrorEquals", "IntervalSeconds", "BackoffRate", "MaxAttempts", "MaxDelaySeconds"}
    | {"JitterStrategy"}
)

Answer = tuple[int, dict[str, str], bytes]
Invoke = Callable[[str, dict[str, Any]], Any]
State = dict[str, Any]


def _definition() -> dict[str, Any]:
    """The committed workflow. Raises ValueError for what is not understood here."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    for name, state in found["States"].items():
        strange = state.keys() - _FIELDS[state["Type"]] - {"Type", "Comment"}
        retried = {key for retrier in state.get("Retry", []) for key in retrier} - _RETRY
        caught = [c for c in state.get("Catch", []) if c.get("ResultPath", "$") is not None]
        if strange or retried or caught:
            raise ValueError(f"{name} has {strange or retried or caught}")
        if state["Type"] == "Task" and state.get("ResultPath", "$") not in ("$", None):
            raise ValueError(f"{name} has a result path")
    return found


@dataclass(slots=True)
class Execution:
    """One walk through the workflow. `until` is when it goes on, or stops waiting, by itself."""

    name: str
    data: dict[str, Any]
    state: str
    until: int
    ends_at: int
    is_under_way: bool = False
    """Whether a task was begun that has not ended."""
    attempt: int = 0
    token: str | None = None
    tried: dict[int, int] = field(default_factory=dict)
    """How often each of the state's retriers was made use of."""
    end: str | None = None
    """How it ended: its last state, or the error; None while it runs."""

    def move_to(self, state: str, now: int) -> None:
        """Go on with another state."""
        self.state, self.until, self.is_under_way, self.token = state, now, False, None
        self.tried = {}


@dataclass(slots=True)
class Workflows:
    """Every execution of one history. `loses` says whether it forgets each after one task."""

    clock: VirtualClock
    invoke: Invoke
    loses: Callable[[], bool]
    executions: dict[str, Execution] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    _definition: dict[str, Any] = field(default_factory=_definition)

    # What our functions ask of it.

    def answer(self, operation: str, body: bytes) -> Answer:
        """What Step Functions answers."""
        asked = json.loads(body)
        if operation == "StartExecution":
            return self._start(asked)
        if operation == "SendTaskSuccess":
            return self._wake(asked)
        raise ValueError(f"nobody here does {operation}")

    def _start(self, asked: Mapping[str, str]) -> Answer:
        name = asked["name"]
        if asked["stateMachineArn"] != ARN or len(name) > NAME_MAX:
            return _refused("InvalidName")
        if name in self.known:
            return _refused("ExecutionAlreadyExists")
        self.known.add(name)
        now = self.clock.now_ms
        ends_at = now + self._definition["TimeoutSeconds"] * SECOND
        data = json.loads(asked["input"])
        first = self._definition["StartAt"]
        self.executions[name] = Execution(name, data, first, now, ends_at)
        return _done({"executionArn": f"{ARN}:{name}", "startDate": now // SECOND})

    def _wake(self, asked: Mapping[str, str]) -> Answer:
        for execution in self._running():
            if execution.is_under_way and execution.token == asked["taskToken"]:
                self._succeeded(execution, json.loads(asked["output"]))
                return _done({})
        return _refused("TaskDoesNotExist")

    # What the world lets it do.

    def jobs(self) -> Iterator[Callable[[], None]]:
        """Every execution that has something to do now."""
        for execution in self._running():
            if min(execution.until, execution.ends_at) <= self.clock.now_ms:
                yield partial(self._go_on, execution)

    def next_wake(self) -> int | None:
        """When the first of them will have something to do."""
        wakes = [min(e.until, e.ends_at) for e in self._running()]
        return min(wakes, default=None)

    def save(self) -> Any:
        """What to go on from, beside what is known."""
        return None

    def restore(self, saved: Any) -> None:
        """Go on from what was saved."""

    def at_rest(self) -> Iterator[str]:
        """I14: nothing of it goes on for ever, or met an answer it does not know."""
        for execution in self.executions.values():
            if execution.end in (None, "NotUnderstood"):
                yield f"I14: the workflow is left as {execution}"

    def _running(self) -> list[Execution]:
        return [e for e in self.executions.values() if e.end is None]

    def _go_on(self, execution: Execution) -> None:
        if self.clock.now_ms >= execution.ends_at:
            execution.end = TIMED_OUT
        elif execution.is_under_way:
            self._failed(execution, TIMED_OUT)
        else:
            self._enter(execution)

    def _enter(self, execution: Execution) -> None:
        """Walk on to the next task, and begin it."""
        state = self._state(execution)
        while state["Type"] == "Choice":
            execution.move_to(_chosen(state, execution.data), self.clock.now_ms)
            state = self._state(execution)
        match state["Type"]:
            case "Task":
                self._task(execution, state)
            case "Fail":
                execution.end = state["Error"]
            case _:
                execution.end = execution.state

    def _state(self, execution: Execution) -> State:
        found: State = self._definition["States"][execution.state]
        return found

    def _task(self, execution: Execution, state: State) -> None:
        waits = {INVOKE: False, WAIT: True}[state["Resource"]]
        execution.attempt += 1
        attempt = execution.attempt
        execution.is_under_way = True
        execution.token = f"{execution.name}/{attempt}" if waits else None
        execution.until = self.clock.now_ms + _timeout_s(state, execution.data) * SECOND
        payload = _filled(state["Parameters"]["Payload"], execution)
        answer = self.invoke(FUNCTION, json.loads(json.dumps(payload)))
        if self.loses():
            execution.end = "lost"
        if execution.end is not None or execution.attempt != attempt or not execution.is_under_way:
            # It took too long and was begun again, or its token came before its answer.
            return
        if not isinstance(answer, dict):
            self._failed(execution, FAILED)
        elif not waits:
            self._succeeded(execution, {"Payload": json.loads(json.dumps(answer))})

    def _succeeded(self, execution: Execution, result: dict[str, Any]) -> None:
        state = self._state(execution)
        if state.get("ResultPath", "$") is not None:
            execution.data = result
        if "OutputPath" in state:
            execution.data = _at(state["OutputPath"], execution.data)
        execution.move_to(state["Next"], self.clock.now_ms)

    def _failed(self, execution: Execution, error: str) -> None:
        state = self._state(execution)
        execution.is_under_way, execution.token = False, None
        for place, retrier in enumerate(state.get("Retry", [])):
            if not _matches(retrier, error):
                continue
            tried = execution.tried.get(place, 0)
            if tried == retrier["MaxAttempts"]:
                break
            execution.tried[place] = tried + 1
            wait_s = retrier["IntervalSeconds"] * retrier["BackoffRate"] ** tried
            # Full jitter waits at most so long.
            execution.until = self.clock.now_ms + min(wait_s, retrier["MaxDelaySeconds"]) * SECOND
            return
        for catcher in state.get("Catch", []):
            if _matches(catcher, error):
                execution.move_to(catcher["Next"], self.clock.now_ms)
                return
        execution.end = error


def _matches(rule: Mapping[str, Any], error: str) -> bool:
    named = rule["ErrorEquals"]
    return error in named or (error != TIMED_OUT and FAILED in named)


def _chosen(state: State, data: Mapping[str, Any]) -> str:
    for choice in state["Choices"]:
        if _at(choice["Variable"], data) == choice["StringEquals"]:
            return str(choice["Next"])
    return str(state["Default"])


def _timeout_s(state: State, data: Mapping[str, Any]) -> int:
    path = state.get("TimeoutSecondsPath")
    return int(state["TimeoutSeconds"] if path is None else _at(path, data))


def _filled(template: Mapping[str, Any], execution: Execution) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for name, value in template.items():
        if not name.endswith(".$"):
            filled[name] = value
        elif value == "$$.Task.Token":
            filled[name.removesuffix(".$")] = execution.token
        else:
            filled[name.removesuffix(".$")] = _at(value, execution.data)
    return filled


def _at(path: str, data: Mapping[str, Any]) -> Any:
    """What a path of one field leads to."""
    root, _, name = path.partition(".")
    if root != "$" or not name.isidentifier():
        raise ValueError(f"{path} is no path of one field")
    return data[name]


def _done(body: Mapping[str, object]) -> Answer:
    return 200, {}, json.dumps(body).encode()


def _refused(code: str) -> Answer:
    return 400, {}, json.dumps({"__type": f"com.amazonaws#{code}", "message": code}).encode()
