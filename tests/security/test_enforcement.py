"""The switch that turns IAM enforcement on, and what is asked otherwise than the emulator does."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from ministack.services import athena

from tools.local import enforcement, engine

KEY = "AKIDSOMEBODY"


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv(engine.ENFORCE, raising=False)
    monkeypatch.delenv(engine.ASKED, raising=False)
    return monkeypatch


def test_nothing_is_enforced_unless_asked_for(switch: pytest.MonkeyPatch) -> None:
    assert "AUTH" not in engine.environment(1)
    switch.setenv(engine.ENFORCE, "0")
    switch.setenv(engine.ASKED, "/somewhere")

    assert not {"AUTH", engine.ASKED} & engine.environment(1).keys()


def test_enforcement_is_one_variable_and_what_is_asked_is_written_on_request(
    switch: pytest.MonkeyPatch,
) -> None:
    switch.setenv(engine.ENFORCE, "1")
    switch.setenv(engine.ASKED, "/somewhere")
    environment = engine.environment(1)

    assert (environment["AUTH"], environment[engine.ASKED]) == ("true", "/somewhere")


def test_the_enforcing_program_has_no_folder_of_ours_on_its_path(
    switch: pytest.MonkeyPatch,
) -> None:
    switch.setenv(engine.ENFORCE, "1")

    interpreter, safe, program = engine.command("ministack")

    assert Path(interpreter).parent == Path(sys.executable).parents[2] / ".engine" / "bin"
    assert (safe, Path(program)) == ("-P", Path(enforcement.__file__))


def asked(service: str, target: str, body: object) -> tuple[object, ...]:
    headers = {"x-amz-target": f"X.{target}", "content-type": "application/x-amz-json-1.0"}
    return service, "POST", "/", headers, json.dumps(body).encode(), {}


def test_a_batch_is_sent_with_the_right_to_send() -> None:
    assert enforcement.action_of(*asked("sqs", "SendMessageBatch", {})) == "sqs:SendMessage"
    assert enforcement.action_of(*asked("sqs", "ReceiveMessage", {})) == "sqs:ReceiveMessage"


def test_a_query_is_asked_of_its_workgroup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(athena, "_executions", {"q": {"WorkGroup": "ours"}})

    def resource(query: str) -> str:
        request = asked("athena", "GetQueryExecution", {"QueryExecutionId": query})
        return enforcement.resource_of(*request, "eu-west-1", "0")

    assert resource("q").endswith(":workgroup/ours")
    assert resource("unknown") == "*"


def test_a_token_is_asked_of_the_machine_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = []
    monkeypatch.setattr(enforcement, "_wait", lambda *given: waited.append(given))
    monkeypatch.setattr(enforcement, "_run_task", lambda *_: enforcement.wait("r", {}, "token", {}))

    enforcement.run_task({}, {}, {"stateMachineArn": "arn:payout"}, {})

    request = asked("states", "SendTaskSuccess", {"taskToken": "token"})
    assert enforcement.resource_of(*request, "eu-west-1", "0") == "arn:payout"
    assert waited


class Denied:
    principal_arn = "arn:aws:sts::0:assumed-role/r/f"


@pytest.mark.parametrize(("denied", "status"), [(None, 404), (Denied(), 403)])
def test_what_is_missing_is_forbidden_to_who_may_not_list(
    monkeypatch: pytest.MonkeyPatch, denied: Denied | None, status: int
) -> None:
    listed = []

    async def missing(*_: object) -> tuple[int, dict[str, str], bytes]:
        return 404, {}, b""

    def judge(_: str, action: str, *__: str, **named: object) -> Denied | None:
        listed.append((action, named["resource_arn"], named["service_context"]))
        return denied

    monkeypatch.setattr(enforcement, "_s3", missing)
    monkeypatch.setattr(enforcement, "_enforce", judge)
    scope = f"AWS4-HMAC-SHA256 Credential={KEY}/20261122/eu-west-1/s3/aws4_request"
    read = enforcement.s3("GET", "/b/seals/x.json", {"authorization": scope}, b"", {})
    with pytest.raises(StopIteration) as ended:
        read.send(None)

    assert ended.value.value[0] == status
    assert listed == [("s3:ListBucket", "arn:aws:s3:::b", {"s3:prefix": "seals/x.json"})]
