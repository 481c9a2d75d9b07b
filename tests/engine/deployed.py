"""Functions, roles and state machines that rows use, small and gone after the run."""

from __future__ import annotations

import io
import json
import zipfile
from textwrap import dedent
from typing import Any

from botocore.exceptions import ClientError

from tests.engine.engines import Engine
from tests.engine.things import arn_of

SERVICES = ("lambda", "states", "events")
RUNTIME = "python3.13"
TIMEOUT_S = 4
"""A busy machine takes a second to start a function's process."""


def role(engine: Engine) -> str:
    """A role for functions and machines, which reaches what carries this run's names."""
    return engine.once("role", lambda: _powerful(engine))


def powerless_role(engine: Engine) -> str:
    """A role that may be assumed, and reaches nothing."""
    return _make_role(engine)[1]


def _powerful(engine: Engine) -> str:
    name, arn = _make_role(engine)
    iam, own = engine.client("iam"), engine.prefix
    reach = {
        "Action": ["sqs:*", "lambda:InvokeFunction", "states:*", "s3:*", "dynamodb:*"],
        "Resource": [
            f"arn:aws:sqs:*:*:{own}*",
            f"arn:aws:lambda:*:*:function:{own}*",
            f"arn:aws:states:*:*:*:{own}*",
            f"arn:aws:s3:::{own}*",
            f"arn:aws:dynamodb:*:*:table/{own}*",
        ],
    }
    streams = {"Action": "dynamodb:ListStreams", "Resource": "*"}
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=_policy(reach, streams))
    engine.removed_by(iam.delete_role_policy, RoleName=name, PolicyName="own")
    return arn


def _make_role(engine: Engine) -> tuple[str, str]:
    """A role's name and ARN."""
    iam, name = engine.client("iam"), engine.fresh("role")
    principals = [f"{service}.amazonaws.com" for service in SERVICES]
    trust = _policy({"Principal": {"Service": principals}, "Action": "sts:AssumeRole"})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    engine.removed_by(iam.delete_role, RoleName=name)
    return name, arn


def _policy(*statements: dict[str, Any]) -> str:
    allowed = [{"Effect": "Allow", **statement} for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": allowed})


def function(engine: Engine, body: str, **more: Any) -> str:
    """A function whose handler, of `event` and `context`, has this body; its name."""
    client, name, code = engine.client("lambda"), engine.fresh("function"), io.BytesIO()
    lines = "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    source = f"import os, time\nclass Custom(Exception): ...\ndef handler(event, context):\n{lines}"
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("made.py", source)

    def create() -> bool:
        try:
            client.create_function(
                FunctionName=name,
                Runtime=RUNTIME,
                Role=role(engine),
                Handler="made.handler",
                Code={"ZipFile": code.getvalue()},
                Timeout=more.pop("Timeout", TIMEOUT_S),
                **more,
            )
        except ClientError as error:
            # A role is not known everywhere at once.
            if error.response["Error"]["Code"] != "InvalidParameterValueException":
                raise
            return False
        return True

    assert engine.eventually(create), "the function's role is not known"
    engine.removed_by(client.delete_function, FunctionName=name)
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    return name


def invoke(engine: Engine, name: str, event: object = None) -> dict[str, Any]:
    """What invoking it answers: how it failed, if it did, and what it says."""
    answer = engine.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
    said = json.loads(answer["Payload"].read() or b"null")
    return {"failed": answer.get("FunctionError"), "said": said}


def feed(engine: Engine, source: str, name: str, **more: Any) -> str:
    """Map a queue or stream, by its ARN, to a function; the mapping's id."""
    client = engine.client("lambda")
    found: str = client.create_event_source_mapping(
        EventSourceArn=source,
        FunctionName=name,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        **more,
    )["UUID"]
    engine.removed_by(client.delete_event_source_mapping, UUID=found)
    return found


def feed_queue(engine: Engine, url: str, name: str) -> None:
    """Map a queue to a function, ten messages a batch."""
    feed(engine, arn_of(engine, url), name, BatchSize=10)


def machine(engine: Engine, start: str, states: dict[str, Any], by: str | None = None) -> str:
    """A state machine, its role `by` or the powerful one; its ARN."""
    client, as_role = engine.client("stepfunctions"), by or role(engine)
    definition = json.dumps({"StartAt": start, "States": states, "TimeoutSeconds": 120})

    def create() -> str:
        try:
            arn: str = client.create_state_machine(
                name=engine.fresh("machine"), definition=definition, roleArn=as_role
            )["stateMachineArn"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise
            return ""
        return arn

    arn = engine.eventually(create)
    engine.removed_by(client.delete_state_machine, stateMachineArn=arn)
    return arn


def start(engine: Engine, arn: str, said: object = None) -> str:
    """Start an execution; its ARN."""
    wanted = {"stateMachineArn": arn, "input": json.dumps(said if said is not None else {})}
    found: str = engine.client("stepfunctions").start_execution(**wanted)["executionArn"]
    return found


def ended(engine: Engine, execution: str) -> dict[str, Any]:
    """The execution once it has ended."""

    def look() -> dict[str, Any]:
        client = engine.client("stepfunctions")
        found: dict[str, Any] = client.describe_execution(executionArn=execution)
        return found

    return engine.eventually(look, lambda found: found["status"] != "RUNNING")


def entered(engine: Engine, execution: str, kind: str) -> int:
    """How many events of a kind stand in the execution's history."""
    pages = engine.client("stepfunctions").get_paginator("get_execution_history")
    found = pages.paginate(executionArn=execution)
    return sum(event["type"] == kind for page in found for event in page["events"])
