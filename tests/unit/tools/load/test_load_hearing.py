"""The emulator's ear: what it listens to, what it writes down, and how its emulator is started."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ministack.core import lambda_runtime

from tools.local import engine, hearing
from tools.local.failure import LocalFailure

QUERY = {"x-amz-target": "DynamoDB_20120810.Query", "content-type": "application/x-amz-json-1.0"}


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    file = io.StringIO()
    monkeypatch.setattr(hearing, "_files", [file])
    return file


def lines(file: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.getvalue().splitlines()]


def test_a_call_is_known_by_its_target_and_a_deployments_is_none() -> None:
    assert hearing.call_of(QUERY) == "dynamodb.Query"
    assert hearing.call_of({"x-amz-target": "AmazonSSM.GetParameter"}) is None
    assert hearing.call_of({}) is None


@pytest.mark.parametrize(
    ("event", "by"),
    [
        ({"routeKey": "GET /v1/health"}, ("api", 1)),
        ({"Records": [{"dynamodb": {}}, {"dynamodb": {}}]}, ("stream", 2)),
        ({"Records": [{"eventSource": "aws:sqs"}]}, ("sqs", 1)),
        ({"records": [1, 2]}, ("other", 1)),
    ],
)
def test_what_began_an_invocation(event: dict[str, Any], by: tuple[str, int]) -> None:
    assert hearing.begun_by(event) == by


def test_a_call_is_written_with_what_is_needed_to_send_it_again(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve(*_: Any) -> Any:
        return 200, {}, b"{}"

    monkeypatch.setattr(hearing, "_dispatch", serve)
    secret = QUERY | {"authorization": "AWS4-HMAC-SHA256 Credential=somebody"}
    asyncio.run(hearing.dispatch("POST", "/", secret, b'{"TableName": "T"}', {}, "id"))
    asyncio.run(hearing.dispatch("POST", "/", {}, b"<template>", {}, "id"))

    (line,) = lines(written)
    assert (line["call"], line["status"], line["path"]) == ("dynamodb.Query", 200, "/")
    assert json.loads(line["body"]) == {"TableName": "T"}
    assert line["sent"] == QUERY


def test_a_request_and_the_function_that_answers_it_are_one_line(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {"FunctionName": "countinghouse-local-payments"}

    def invoke(*_: Any) -> Any:
        return {"body": {"ok": 1}, "log": "a line\nanother line"}

    async def serve(*_: Any) -> Any:
        hearing.execute({}, config, {"routeKey": "POST /v1/x"})
        return 202, {}, b""

    monkeypatch.setattr(hearing, "_execute", invoke)
    monkeypatch.setattr(hearing, "_execute_api", serve)
    path = "/_aws/execute-api/abc/v1/payments/event"
    asyncio.run(hearing.execute_api("h", path, "POST", {}, b"12345", {}))

    (line,) = lines(written)
    assert (line["asked"], line["status"]) == ("POST /v1/payments/event", 202)
    assert (line["function"], line["bytes"]) == (config["FunctionName"], 5)
    assert (line["told"], line["answered"]) == ([6, 12], len('{"ok": 1}'))


def test_an_invocation_of_a_queue_is_a_line_of_its_own(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "_execute", lambda *_: {"body": {}, "error": True, "log": None})
    event = {"Records": [{"eventSource": "aws:sqs"}] * 3}
    hearing.execute({}, {"FunctionName": "f"}, event)

    (line,) = lines(written)
    assert (line["by"], line["records"], line["failed"], line["told"]) == ("sqs", 3, True, [])


def test_the_ear_is_one_variable_and_does_not_go_with_enforcement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(engine.ENFORCE, raising=False)
    monkeypatch.delenv(engine.HEARD, raising=False)
    assert engine.command("ministack") == ["ministack"]
    assert engine.HEARD not in engine.environment(1)
    assert engine.environment(1)["LAMBDA_WARM_TTL_SECONDS"] == "30"

    monkeypatch.setenv(engine.HEARD, "/somewhere")
    interpreter, safe, program = engine.command("ministack")
    assert Path(interpreter).parent == Path(sys.executable).parents[2] / ".engine" / "bin"
    assert (safe, Path(program)) == ("-P", Path(hearing.__file__))
    assert engine.environment(1)[engine.HEARD] == "/somewhere"
    assert int(engine.environment(1)["LAMBDA_WARM_TTL_SECONDS"]) > 300

    monkeypatch.setenv(engine.ENFORCE, "1")
    with pytest.raises(LocalFailure):
        engine.command("ministack")


RUN = """
import gc, io, json, sys
sys.path.insert(0, "/nowhere")
told = [{"code_dir": "", "module": "seen", "handler": "handle"}]
told += [{"event": {}, "ctx": {"request_id": "one"}}] * 3
sys.stdin = io.StringIO(chr(10).join(map(json.dumps, told)))
class Seen:
    contexts = []
    def handle(event, context):
        Seen.contexts.append(type(context))
        return [context.aws_request_id, context.get_remaining_time_in_millis() > 1_000]
sys.modules["seen"] = Seen
"""


def test_functions_are_run_without_a_class_of_each_invocations_own() -> None:
    script = hearing.steady(lambda_runtime._PYTHON_WORKER_SCRIPT)

    done = subprocess.run(
        [sys.executable, "-c", f"{RUN}{script}\nprint(len(set(Seen.contexts)))"],
        capture_output=True,
        text=True,
        check=True,
    )

    _, *answers = map(json.loads, done.stdout.splitlines())
    assert [answer["result"] for answer in answers] == [["one", True]] * 3
    assert done.stderr.split() == ["1"]


def test_an_emulator_that_runs_functions_otherwise_is_not_taken_for_this_one() -> None:
    with pytest.raises(RuntimeError, match="any more"):
        hearing.steady("")
