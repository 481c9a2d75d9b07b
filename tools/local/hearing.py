"""The emulator with an ear: run by the emulator's own interpreter, as a program.

Every request that it serves for AWS, and every invocation of a function, is written as it ends to
the file that `CALLS_HEARD` names, a line of JSON each:

- `{"at", "took", "call": "dynamodb.Query", "path", "sent": {header: value}, "body", "status"}`
- `{"at", "took", "function", "by", "records", "bytes", "answered", "told", "failed"}`: an
  invocation, begun by `api`, `sqs`, `stream` or `other`; `bytes` and `answered` are the sizes of
  its event and of its answer, `told` those of the lines it logged. One that an API's request began
  has the request's `asked` (`POST /v1/payments/event`) and `status`, and is timed as the request

`at` is seconds since the epoch, `took` seconds. The calls of deployments are left out. The bodies
are of the sandbox's own rows; who asks for the file removes it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextvars import ContextVar
from typing import IO, Any

from ministack import app
from ministack.core import lambda_runtime
from ministack.services import lambda_svc

Headers = Mapping[str, str]
SERVICES = {
    "DynamoDB_20120810": "dynamodb",
    "AmazonSQS": "sqs",
    "AWSEvents": "events",
    "Firehose_20150804": "firehose",
    "AWSStepFunctions": "states",
    "secretsmanager": "secretsmanager",
}
"""By the prefix of a request's target."""
_SENT = ("content-type", "x-amz-target")

_request: ContextVar[dict[str, Any] | None] = ContextVar("request", default=None)
_files: list[IO[str]] = []
_dispatch = app._dispatch_service_request
_execute_api = app._handle_execute_api_request
_execute = lambda_svc._execute_function_dispatch


def call_of(headers: Headers) -> str | None:
    """Return `service.Operation` of a request, None of one that is not listened to."""
    prefix, _, operation = headers.get("x-amz-target", "").rpartition(".")
    service = SERVICES.get(prefix)
    return f"{service}.{operation}" if service else None


def begun_by(event: Mapping[str, Any]) -> tuple[str, int]:
    """Return what began an invocation, and how many records it brought."""
    if "routeKey" in event:
        return "api", 1
    records = event.get("Records") or [{}]
    if "dynamodb" in records[0]:
        return "stream", len(records)
    return ("sqs" if records[0].get("eventSource") == "aws:sqs" else "other"), len(records)


async def dispatch(
    method: str, path: str, headers: dict[str, str], body: bytes, *more: Any, **named: Any
) -> Any:
    """Serve a request for AWS, and write it down."""
    at, began = time.time(), time.perf_counter()
    answer = await _dispatch(method, path, headers, body, *more, **named)
    if call := call_of(headers):
        told = {"call": call, "path": path, "body": body.decode(), "status": answer[0]}
        sent = {name: headers[name] for name in _SENT if name in headers}
        _write(at, began, {**told, "sent": sent})
    return answer


async def execute_api(
    host: str,
    path: str,
    method: str,
    headers: dict[str, str],
    body: bytes,
    *more: Any,
    **named: Any,
) -> Any:
    """Serve a request to the HTTP API, and write down the invocation that answered it."""
    at, began = time.time(), time.perf_counter()
    told: dict[str, Any] = {}
    _request.set(told)
    answer = await _execute_api(host, path, method, headers, body, *more, **named)
    if told:
        asked = f"{method} {path[path.find('/v1/') :]}"
        # The event is as long as the request by what the gateway says of it: only that is sent.
        _write(at, began, {**told, "asked": asked, "bytes": len(body), "status": answer[0]})
    return answer


def execute(func: Any, config: Mapping[str, Any], event: Any, *more: Any) -> Any:
    """Invoke a function, and write it down."""
    at, began = time.time(), time.perf_counter()
    result = _execute(func, config, event, *more)
    by, records = begun_by(event)
    told = {
        "function": config["FunctionName"],
        "by": by,
        "records": records,
        "bytes": len(json.dumps(event)),
        "answered": len(json.dumps(result.get("body"))),
        "told": [len(line) for line in (result.get("log") or "").splitlines()],
        "failed": bool(result.get("error")),
    }
    request = _request.get()
    if by == "api" and request is not None:
        request.update(told)
    else:
        _write(at, began, told)
    return result


def _write(at: float, began: float, told: dict[str, Any]) -> None:
    took = round(time.perf_counter() - began, 6)
    line = json.dumps({"at": at, "took": took, **told}) + "\n"
    for file in _files:
        file.write(line)


_A_CLASS = 'context = type("Context", (), {', "        })()\n"
_AN_OBJECT = "context = _Context({", "        })\n"
_CONTEXT = """
class _Context:
    def __init__(self, told):
        for name, value in told.items():
            setattr(self, name, (lambda value=value: value(None)) if callable(value) else value)
"""


def steady(script: str) -> str:
    """Return what runs functions, without a class of each invocation's own.

    Only the garbage collector frees a class, and ours comes late: what functions keep could not be
    told from what waits for it. Raises RuntimeError when the emulator does otherwise by now.
    """
    for old, new in zip(_A_CLASS, _AN_OBJECT, strict=True):
        if script.count(old) != 1:
            raise RuntimeError(f"the emulator has no {old!r} any more")
        script = script.replace(old, new)
    return _CONTEXT + script


def main() -> None:
    """Put the ear in place, and run the emulator."""
    with open(os.environ["CALLS_HEARD"], "a", buffering=1, encoding="utf-8") as file:
        _files.append(file)
        _listen()
        app.main()


def _listen() -> None:
    app._dispatch_service_request = dispatch
    app._handle_execute_api_request = execute_api
    lambda_svc._execute_function_dispatch = execute
    lambda_runtime._PYTHON_WORKER_SCRIPT = steady(lambda_runtime._PYTHON_WORKER_SCRIPT)


if __name__ == "__main__":
    main()
