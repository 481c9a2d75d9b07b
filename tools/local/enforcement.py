"""The emulator with its IAM enforcement on: run by the emulator's own interpreter, as a program.

It asks where AWS asks: four things that the emulator (1.5.33) puts to a role under another name
than AWS does are put right here, and nothing is let through that AWS would refuse.

- A batch of messages is sent with `sqs:SendMessage`; there is no action for batches.
- A query's state is asked of the workgroup it runs in, though only the query is named.
- A wait is ended by a token; the machine that waits is what the role must name.
- A missing object is "not there" only to who may list its folder, and forbidden to others.

With `IAM_ASKED` set, everything asked in the name of a role is written to that file, a line of JSON
each, once: `role`, `caller` (the function), `action`, `resource`, `keys` (the listing's prefix,
the query's tables), `allowed`. Objects of a folder are one resource.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import athena, stepfunctions

Response = tuple[int, dict[str, str], bytes]
_SINGLY = {"sqs:SendMessageBatch": "sqs:SendMessage", "sqs:DeleteMessageBatch": "sqs:DeleteMessage"}
_TABLE = re.compile(r"\b(?:FROM|JOIN)\s+\"?([a-z_]+)\"?", re.IGNORECASE)
_NOT_FOUND = 404

_asked_of: ContextVar[dict[str, Any] | None] = ContextVar("asked_of", default=None)
_machine: ContextVar[str] = ContextVar("machine", default="")
_waiting: dict[str, str] = {}
_written: set[str] = set()

_action_of = iam_actions.extract_iam_action
_resource_of = iam_actions.extract_resource_arn
_enforce = iam_evaluator.enforce
_run_task = stepfunctions._execute_task
_wait = stepfunctions._invoke_with_callback
_s3 = app.SERVICE_HANDLERS["s3"]


def action_of(*request: Any) -> str | None:
    """Return the action that AWS asks for."""
    action: str | None = _action_of(*request)
    return _SINGLY.get(action or "", action)


def resource_of(*request: Any) -> str:
    """Return the resource that AWS asks about; remembers what the request says of itself."""
    service, headers, body, region = request[0], request[3], request[4], request[6]
    resource: str = _resource_of(*request)
    target = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    said = _json(body) if service in ("athena", "states") else {}
    _asked_of.set({"tables": sorted(set(_TABLE.findall(said.get("QueryString", ""))))})
    if service == "athena" and resource == "*":
        query = athena._executions.get(said.get("QueryExecutionId", "")) or {}
        group = query.get("WorkGroup")
        return f"arn:aws:athena:{region}:{get_account_id()}:workgroup/{group}" if group else "*"
    if service == "states" and target.startswith("SendTask"):
        return _waiting.get(said.get("taskToken", ""), "*")
    return resource


def enforce(key: str, action: str, service: str, region: str, **named: Any) -> Any:
    """Return None if the role may, else what it is told; both are written down."""
    denied = _enforce(key, action, service, region, **named)
    _write(key, action, named, allowed=denied is None)
    return denied


async def s3(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
) -> Response:
    """Answer as S3; what is missing is forbidden to who may not list where it would be."""
    answer: Response = await _s3(method, path, headers, body, query)
    bucket, _, name = path.lstrip("/").partition("/")
    if answer[0] != _NOT_FOUND or not name or method not in ("GET", "HEAD"):
        return answer
    key = app.extract_access_key_id(headers, query)
    denied = (
        None
        if not key
        else enforce(
            key,
            "s3:ListBucket",
            "s3",
            app.extract_region(headers, query),
            resource_arn=f"arn:aws:s3:::{bucket}",
            service_context={"s3:prefix": name},
        )
    )
    if denied is None:
        return answer
    refused: Response = iam_actions.access_denied_response(
        "s3", "s3:ListBucket", denied.principal_arn, "", headers=headers
    )
    return refused


def run_task(state: Any, given: Any, execution: Any, context: Any) -> Any:
    """Run a state's task, knowing whose it is."""
    _machine.set((execution or {}).get("stateMachineArn", ""))
    return _run_task(state, given, execution, context)


def wait(resource: Any, given: Any, token: str, state: Any) -> Any:
    """Wait for the token, remembering which machine waits."""
    _waiting[token] = _machine.get()
    return _wait(resource, given, token, state)


def _write(key: str, action: str, named: dict[str, Any], *, allowed: bool) -> None:
    path, account = os.environ.get("IAM_ASKED"), get_account_id()
    who = iam_evaluator.resolve_principal(key, account) if path and key else None
    if who is None or getattr(who, "type", "") != "AssumedRole":
        return
    role, _, caller = who.arn.rpartition(":assumed-role/")[2].partition("/")
    resource, prefix = named.get("resource_arn", "*"), named.get("service_context") or {}
    tables = (_asked_of.get() or {}).get("tables") if action == "athena:StartQueryExecution" else ()
    asked = {
        "role": role,
        "caller": caller,
        "action": action,
        "resource": _folder(resource) if resource.startswith("arn:aws:s3:::") else resource,
        "keys": [prefix["s3:prefix"].split("/")[0]] if "s3:prefix" in prefix else [*(tables or ())],
        "allowed": allowed,
    }
    line = json.dumps(asked, sort_keys=True)
    if line not in _written:
        _written.add(line)
        with open(str(path), "a", encoding="utf-8") as file:
            file.write(line + "\n")


def _folder(arn: str) -> str:
    """Return an object's folder, `bucket/seals/*`; a bucket stays as it is."""
    bucket, slash, key = arn.partition("/")
    return f"{bucket}/{key.split('/')[0]}/*" if slash else bucket


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body or b"{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def main() -> None:
    """Put the corrections in place, and run the emulator."""
    asks: dict[str, Callable[..., Any] | Callable[..., Awaitable[Any]]] = {
        "extract_iam_action": action_of,
        "extract_resource_arn": resource_of,
    }
    for name, corrected in asks.items():
        setattr(iam_actions, name, corrected)
    iam_evaluator.enforce = enforce
    stepfunctions._execute_task = run_task
    stepfunctions._invoke_with_callback = wait
    app.SERVICE_HANDLERS["s3"] = s3
    app.main()


if __name__ == "__main__":
    main()
