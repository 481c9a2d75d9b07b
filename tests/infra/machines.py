"""State machines as tests see them: their files, states and ways, and what their roles allow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from infra.config import stage
from infra.constructs.workflow import FILES, definition
from tests.infra.templates import Synthesized, as_list, plain

State = dict[str, Any]
NUMBERS = {
    "PayoutConcurrency": 7,
    "BillConcurrency": 8,
    "SettleSeconds": 9,
    "JudgeConcurrency": 10,
    "PollSeconds": 11,
    "RepairSeconds": 12,
    "LakeSeconds": 13,
}
NAMES = sorted(path.name.removesuffix(".asl.json") for path in FILES.glob("*.asl.json"))
STAGES = ("local", "dev", "prod")
# What a state machine's role may do that names no resource: log delivery and X-Ray.
UNNAMEABLE = ("logs:", "xray:")


def machine_of(name: str, stage_name: str = "prod") -> State:
    """Return the machine as that stage has it, its numbers in place."""
    found: State = json.loads(definition(name, stage(stage_name), NUMBERS))
    return found


def flows_of(machine: State) -> Iterator[State]:
    """Yield every flow: the machine's own, and that of each map's children."""
    yield machine
    for state in machine["States"].values():
        if state["Type"] == "Map":
            yield from flows_of(state["ItemProcessor"])


def states_of(machine: State) -> dict[str, State]:
    """Return the states of all flows by name."""
    return {name: state for flow in flows_of(machine) for name, state in flow["States"].items()}


def tasks_of(machine: State) -> dict[str, State]:
    """Return the tasks of all flows by name."""
    return {name: one for name, one in states_of(machine).items() if one["Type"] == "Task"}


def nexts_of(state: State) -> set[str]:
    """Return where a state may lead."""
    branches = [state, *state.get("Choices", []), *state.get("Catch", [])]
    return {one[key] for one in branches for key in ("Next", "Default") if key in one}


def reached_in(flow: State) -> set[str]:
    """Return the states that a flow can come to."""
    seen, waiting = set[str](), {flow["StartAt"]}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting |= nexts_of(flow["States"][name]) - seen
    return seen


def role_statements(any_stage: Synthesized) -> dict[str, list[State]]:
    """Return every statement of each machine's role, by the machine's name."""
    roles = any_stage.of_type("AWS::IAM::Role")
    return {
        one["Properties"]["StateMachineName"]: [
            statement
            for policy in roles[any_stage.target(one["Properties"]["RoleArn"])]["Properties"][
                "Policies"
            ]
            for statement in policy["PolicyDocument"]["Statement"]
        ]
        for one in any_stage.of_type("AWS::StepFunctions::StateMachine").values()
    }


def allowed_to(any_stage: Synthesized, machine: str) -> dict[str, set[str]]:
    """Return what a machine may do, and on what: actions that name a resource."""
    allowed: dict[str, set[str]] = {}
    for statement in role_statements(any_stage)[machine]:
        for action in as_list(statement["Action"]):
            for resource in as_list(statement["Resource"]):
                allowed.setdefault(action, set()).add(plain(any_stage.target(resource)))
    return {
        action: targets for action, targets in allowed.items() if not action.startswith(UNNAMEABLE)
    }
