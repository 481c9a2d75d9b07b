"""Runs in a process of its own with nothing but the deployed assets: repeats works, and counts.

A work is an invocation of a function, a part of one, or the AWS calls alone. `spec.json` says
which; what was counted is printed as JSON. Under callgrind a shim switches its counting on and off.
"""

from __future__ import annotations

import base64
import gc
import importlib
import json
import os
import sys
import time
from ctypes import CDLL
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

WARM_UPS = 3


class Standing:
    """The module `time` of our clock: it stands where the recording stood."""

    def __init__(self) -> None:
        self.now_ms = 0

    def time_ns(self) -> int:
        """Nanoseconds since the epoch."""
        return self.now_ms * 1_000_000


class Context:
    """What Lambda tells an invocation about itself."""

    def get_remaining_time_in_millis(self) -> int:
        """Time enough."""
        return 60_000


def invocation(work: Any) -> Callable[[], None]:
    """The whole handler, which has to answer as it answered when it was recorded."""
    handler = importlib.import_module(f"functions.{work['function']}.handler").lambda_handler
    event, context, answer = work["event"], Context(), work["answer"]

    def once() -> None:
        got = handler(event, context)
        if got != answer:
            raise SystemExit(f"{work['name']} answers {str(got)[:300]}")

    return once


def verification(work: Any) -> Callable[[], None]:
    """A webhook's signature over its raw bytes, and these as JSON."""
    source, headers, body, now = _webhook(work)

    def once() -> None:
        source.verify(headers, body, now)
        json.loads(body)

    return once


def reading(work: Any) -> Callable[[], None]:
    """A webhook's signature and the events it states: all that is done before DynamoDB."""
    source, headers, body, now = _webhook(work)

    def once() -> None:
        source.verify(headers, body, now)
        source.parse(body, now)

    return once


def _webhook(work: Any) -> tuple[Any, dict[str, str], bytes, int]:
    deps = importlib.import_module("functions.webhooks.wiring").deps()
    event = work["event"]
    headers = {name.lower(): value for name, value in event["headers"].items()}
    source = deps.sources[event["pathParameters"]["psp"]]
    return source, headers, event["body"].encode(), work["now_ms"]


def commitment(work: Any) -> Callable[[], None]:
    """The one transaction of a batch of postings, as the ledger's adapter makes it."""
    ledger = importlib.import_module("countinghouse_aws.dynamodb.ledger").DynamoLedger
    commit = ledger.commit
    given: list[tuple[Any, Any]] = []

    def overheard(self: Any, posting: Any) -> Any:
        given.append((self, posting))
        return commit(self, posting)

    ledger.commit = overheard
    invocation(work)()
    ledger.commit = commit
    (one,) = given

    def once() -> None:
        commit(*one)

    return once


def bare(work: Any) -> Callable[[], None]:
    """The AWS calls of the work, made with boto3 as it comes."""
    import boto3

    return _calls(work, boto3.client)


def tuned(work: Any) -> Callable[[], None]:
    """The same with our clients."""
    return _calls(work, importlib.import_module("countinghouse_aws.system.clients").aws_client)


def _bytes(given: dict[str, Any]) -> dict[str, Any]:
    """Firehose's records, which are bytes, and base64 on their way."""
    records = [{"Data": base64.b64decode(one["Data"])} for one in given["Records"]]
    return given | {"Records": records}


def _calls(work: Any, client: Any) -> Callable[[], None]:
    made = {service: client(service) for service in {call[0] for call in work["calls"]}}
    calls = [
        (getattr(made[service], method), _bytes(given) if service == "firehose" else given)
        for service, method, given in work["calls"]
    ]

    def once() -> None:
        for call, given in calls:
            call(**given)

    return once


KINDS = {
    made.__name__: made for made in (invocation, verification, reading, commitment, bare, tuned)
}


def measured(spec: Any, work: Any, standing: Standing) -> float:
    """Microseconds of processor time, the median; 0 under callgrind, which keeps its own count."""
    choose(spec["endpoint"], work["answers"])
    standing.now_ms = work["now_ms"]
    once = KINDS[work["kind"]](work)
    for _ in range(WARM_UPS):
        once()
    gc.collect()
    if spec["shim"]:
        shim = CDLL(spec["shim"])
        shim.start_counting()
        for _ in range(spec["repeat"]):
            once()
        shim.stop_counting(work["name"].encode())
        return 0
    spent: list[int] = []
    for _ in range(spec["repeat"]):
        at = time.process_time_ns()
        once()
        spent.append(time.process_time_ns() - at)
    return sorted(spent)[len(spent) // 2] / 1_000


def choose(endpoint: str, work: str) -> None:
    """Tell the server what is asked next."""
    connection = HTTPConnection(endpoint.removeprefix("http://"))
    connection.request("GET", f"/_work/{work}")
    connection.getresponse().read()
    connection.close()


def main() -> None:
    """Measure every work of the file named on the command line."""
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    # What functions log goes where it costs no more than writing it.
    told = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    standing = Standing()
    if spec["is_ours"]:
        clock: Any = importlib.import_module("countinghouse_aws.system.clock")
        clock.time = standing
    gc.disable()
    found = {work["name"]: measured(spec, work, standing) for work in spec["works"]}
    json.dump(found, told)
    told.close()


if __name__ == "__main__":
    main()
