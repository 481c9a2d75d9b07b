"""Plays a state machine's file at once: no waits, no retries, one portion of a map after the other.

What of the states language our files use is understood, and nothing else. A path that leads
nowhere raises KeyError, where Step Functions would fail the whole execution.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

State = dict[str, Any]
Perform = Callable[[str, dict[str, Any]], Any]
"""A resource and its parameters; what it answers. Raises for a task that fails for good."""

VISITS_MAX = 200

_FIELDS: Mapping[str, frozenset[str]] = {
    "Task": frozenset(
        {"Resource", "Parameters", "ResultSelector", "TimeoutSeconds", "Retry"} | {"OutputPath"}
    ),
    "Map": frozenset(
        {"Label", "ItemsPath", "ItemReader", "ItemSelector", "ItemProcessor", "MaxConcurrency"}
        | {"ToleratedFailurePercentage", "ResultWriter"}
    ),
    "Pass": frozenset({"Parameters", "Result"}),
    "Wait": frozenset({"Seconds"}),
    "Choice": frozenset({"Choices", "Default"}),
    "Succeed": frozenset({"OutputPath"}),
    "Fail": frozenset({"Error", "Cause"}),
}
_ALWAYS = frozenset({"Type", "Comment", "Next", "End", "ResultPath", "Catch"})


@dataclass(slots=True)
class Player:
    """One execution of one machine. `visited` are the states it came to, those of maps as well."""

    perform: Perform
    execution: Mapping[str, str]
    visited: list[str] = field(default_factory=list)

    def play(self, flow: State, given: Any) -> tuple[str, Any]:
        """Walk from the first state to the last; that state's name, and the output."""
        name, data = flow["StartAt"], given
        while True:
            self.visited.append(name)
            assert len(self.visited) <= VISITS_MAX, f"it goes round and round {name}"
            state = flow["States"][name]
            strange = state.keys() - _FIELDS[state["Type"]] - _ALWAYS
            assert not strange, f"{name} has {strange}"
            following, data = self._enter(state, data)
            if following is None:
                return name, data
            name = following

    def _enter(self, state: State, data: Any) -> tuple[str | None, Any]:
        match state["Type"]:
            case "Choice":
                fitting = (one["Next"] for one in state["Choices"] if self._holds(one, data))
                return next(fitting, state["Default"]), data
            case "Succeed" | "Fail":
                return None, self._at(state.get("OutputPath", "$"), data)
            case "Wait":
                return state["Next"], data
            case "Pass":
                result = self._fill(state.get("Parameters", state.get("Result", data)), data)
                return state["Next"], _put(result, state.get("ResultPath", "$"), data)
        return self._work(state, data)

    def _work(self, state: State, data: Any) -> tuple[str | None, Any]:
        work = self._map if state["Type"] == "Map" else self._task
        try:
            result = work(state, data)
        except (KeyError, AssertionError):
            raise
        except Exception as error:
            for catcher in state.get("Catch", []):
                assert catcher["ErrorEquals"] == ["States.ALL"]
                said = {"Error": type(error).__name__, "Cause": str(error)}
                return catcher["Next"], _put(said, catcher.get("ResultPath", "$"), data)
            raise
        after = _put(result, state.get("ResultPath", "$"), data)
        return state.get("Next"), self._at(state.get("OutputPath", "$"), after)

    def _task(self, state: State, data: Any) -> Any:
        answer = self.perform(state["Resource"], self._fill(state["Parameters"], data))
        return self._fill(state["ResultSelector"], answer) if "ResultSelector" in state else answer

    def _map(self, state: State, data: Any) -> list[Any]:
        results = []
        for item in self._items(state, data):
            given = self._fill(state["ItemSelector"], data, item)
            results.append(self.play(state["ItemProcessor"], given)[1])
        return results

    def _items(self, state: State, data: Any) -> list[Any]:
        if "ItemsPath" in state:
            return list(self._at(state["ItemsPath"], data))
        reader = state["ItemReader"]
        return list(self.perform(reader["Resource"], self._fill(reader["Parameters"], data)))

    def _fill(self, template: Any, data: Any, item: Any = None) -> Any:
        """The template with its paths in place."""
        if not isinstance(template, dict):
            return template
        return {
            key.removesuffix(".$"): self._at(value, data, item)
            if key.endswith(".$")
            else self._fill(value, data, item)
            for key, value in template.items()
        }

    def _at(self, path: str, data: Any, item: Any = None) -> Any:
        if path.startswith("$$"):
            context = {"Execution": self.execution, "Map": {"Item": {"Value": item}}}
            return self._at(path[1:], context)
        for step in _steps(path):
            data = data[step]
        return data

    def _holds(self, rule: State, data: Any) -> bool:
        if "Or" in rule:
            return any(self._holds(one, data) for one in rule["Or"])
        if "IsPresent" in rule:
            return self._is_present(rule["Variable"], data) is rule["IsPresent"]
        (test,) = rule.keys() & {"StringEquals", "BooleanEquals"}
        found = self._at(rule["Variable"], data)
        assert isinstance(found, type(rule[test])), f"{rule['Variable']} is {found!r}"
        return bool(found == rule[test])

    def _is_present(self, path: str, data: Any) -> bool:
        try:
            self._at(path, data)
        except KeyError:
            return False
        return True


def _steps(path: str) -> Iterator[str]:
    assert path.startswith("$"), path
    yield from filter(None, path[1:].split("."))


def _put(result: Any, path: str | None, data: Any) -> Any:
    """What goes on to the next state: the result at that place of the input."""
    if path is None:
        return data
    if path == "$":
        return result
    (key,) = _steps(path)
    return {**data, key: result}


def as_json(value: Any) -> Any:
    """The value as it comes through Step Functions."""
    return json.loads(json.dumps(value))
