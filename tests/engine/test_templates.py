"""What no engine shows, held in the templates and sources themselves.

Other such rules are with their own kind: docs/engine.md names each.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "infra" / "workflows").glob("*.asl.json"))
BY_THE_SERVICE = {"Lambda.TooManyRequestsException"}
"""An error of Lambda's own, which every engine names alike (the row function.no-room)."""
USED = {
    "lambda:invoke",
    "lambda:invoke.waitForTaskToken",
    "aws-sdk:athena:getQueryExecution",
    "s3:getObject",
    "s3:putObject",
    "sns:publish",
}
UNUSED = ("aws_scheduler", "aws_pipes", "LeadingKeys", "start_message_move_task")
CONSUMERS = (
    "order_execution",
    "order_aftercare",
    "payment_progress",
    "payout_events",
    "posting",
    "psp_events",
    "relay",
    "lake",
)


def found(part: Any, name: str) -> Iterator[Any]:
    """Every value under this name, anywhere in a machine."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == name:
                yield value
            yield from found(value, name)
    elif isinstance(part, list):
        for value in part:
            yield from found(value, name)


@pytest.fixture(params=FILES, ids=lambda file: file.name)
def machine(request: pytest.FixtureRequest) -> Any:
    return json.loads(request.param.read_text(encoding="utf-8"))


def test_no_retrier_or_catcher_names_an_exception_of_ours(machine: Any) -> None:
    names = {error for errors in found(machine, "ErrorEquals") for error in errors}

    assert names
    assert {name for name in names if not name.startswith("States.")} <= BY_THE_SERVICE


def test_no_machine_relies_on_a_heartbeat(machine: Any) -> None:
    assert not [*found(machine, "HeartbeatSeconds"), *found(machine, "HeartbeatSecondsPath")]


def test_machines_use_only_integrations_that_a_row_or_an_end_to_end_test_shows(
    machine: Any,
) -> None:
    resources = {text.removeprefix("arn:aws:states:::") for text in found(machine, "Resource")}

    assert resources
    assert resources <= USED
    assert not list(found(machine, "QueryLanguage"))


def test_what_is_not_shown_is_not_used() -> None:
    folders = ("infra", "layers/core", "layers/adapters", "functions")
    texts = {
        path: path.read_text(encoding="utf-8")
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
    }

    assert texts
    assert not [path for path, text in texts.items() if any(word in text for word in UNUSED)]


@pytest.mark.parametrize("function", CONSUMERS)
def test_a_consumer_answers_by_the_one_builder_and_on_every_way_out(function: str) -> None:
    file = ROOT / "functions" / function / "handler.py"
    source = ast.parse(file.read_text(encoding="utf-8"))
    (handler,) = [
        node
        for node in source.body
        if isinstance(node, ast.FunctionDef) and node.name == "lambda_handler"
    ]
    answers = [node.value for node in ast.walk(handler) if isinstance(node, ast.Return)]
    answers = [node for node in answers if not _inside_another(handler, node)]

    assert isinstance(handler.body[-1], ast.Return), "a handler that forgets it deletes everything"
    for answer in answers:
        assert isinstance(answer, ast.Call)
        assert isinstance(answer.func, ast.Name)
        assert answer.func.id in {"batch_answer", "consume"}


def _inside_another(handler: ast.FunctionDef, answer: ast.expr | None) -> bool:
    """Whether a function inside the handler returns it."""
    inner = [n for n in ast.walk(handler) if isinstance(n, ast.FunctionDef) and n is not handler]
    return any(answer in [getattr(n, "value", None) for n in ast.walk(one)] for one in inner)


def test_consumers_are_those_whose_answers_are_read() -> None:
    mapped = {
        path.parent.name
        for path in (ROOT / "functions").glob("*/handler.py")
        if "BatchAnswer" in path.read_text(encoding="utf-8")
    }

    assert mapped == set(CONSUMERS)
