"""Counts what each invocation does: AWS calls, units, messages, bytes, PSP calls, log lines."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from tests.simulation import cloud
from tests.simulation.aws_wire import AwsWire
from tools.cost.units import Units, consumed, rows_of

Json = dict[str, Any]
CALLED_ONCE = frozenset({"secrets-manager"})
"""Services asked but once in a while by a warm process (secrets are kept five minutes): their calls
are in no journey's steps."""
QUEUES = {function: queue for queue, (function, _) in cloud.CONSUMERS.items()}


@dataclass(slots=True)
class Step:
    """One invocation and all it did. `trigger` is `http <route>`, `sqs <queue>`, `stream <table>`,
    or `task`; `records` is the size of its batch, 1 where there is none."""

    function: str
    trigger: str
    records: int
    calls: Counter[str] = field(default_factory=Counter)
    units: Units = field(default_factory=Units)
    messages: Counter[str] = field(default_factory=Counter)
    firehose: list[int] = field(default_factory=list)
    published: int = 0
    psp_calls: int = 0
    log_lines: int = 0
    log_bytes: int = 0

    def as_json(self) -> Json:
        """The step as docs/proofs/cost.json has it; `__main__` says what each field is."""
        tables = sorted({*self.units.writes, *self.units.halves})
        return {
            "function": self.function,
            "trigger": self.trigger,
            "records": self.records,
            "calls": dict(sorted(self.calls.items())),
            "dynamodb": {
                table: {"wcu": self.units.writes[table], "rcu": self.units.halves[table] / 2}
                for table in tables
            },
            "sqs": dict(sorted(self.messages.items())),
            "firehose": self.firehose,
            "events": self.published,
            "psp_calls": self.psp_calls,
            "log_lines": self.log_lines,
            "log_bytes": self.log_bytes,
        }


def step_of(function: str, event: Mapping[str, Any]) -> Step:
    """The step that an event begins."""
    records = event.get("Records") or [{}]
    if "routeKey" in event:
        trigger = f"http {event['routeKey']}"
    elif "dynamodb" in records[0]:
        table = records[0]["eventSourceARN"].partition(":table/")[2].partition("/")[0]
        trigger = f"stream {table}"
    elif records[0].get("eventSource") == "aws:sqs":
        trigger = f"sqs {QUEUES[function]}"
    else:
        trigger = "schedule" if function == "repair" else "task"
    return Step(function, trigger, len(records))


@dataclass(slots=True)
class Meter:
    """The steps of what is being played, in their order; `misfits` is where the emulator's own
    count of consumed units is another than ours."""

    steps: list[Step] = field(default_factory=list)
    misfits: list[str] = field(default_factory=list)
    transitions: Counter[str] = field(default_factory=Counter)
    _running: list[Step] = field(default_factory=list)

    def restart(self) -> None:
        """Count from here on."""
        self.steps, self.misfits = [], []
        self.transitions.clear()

    def begin(self, function: str, event: Mapping[str, Any]) -> None:
        """An invocation begins."""
        step = step_of(function, event)
        self.steps.append(step)
        self._running.append(step)

    def end(self) -> None:
        """The invocation that began last ends."""
        self._running.pop()

    @property
    def function(self) -> str:
        """The function at work."""
        return self._running[-1].function

    def logged(self, line: str) -> None:
        """The invocation at work has written a line to its log."""
        if self._running:
            self._running[-1].log_lines += 1
            self._running[-1].log_bytes += len(line.encode())

    def asked_psp(self) -> None:
        """The invocation at work has called the PSP."""
        self._running[-1].psp_calls += 1

    def count(self, call: str) -> None:
        """The invocation at work, if there is one, has made a call named so."""
        if self._running:
            self._running[-1].calls[call] += 1

    def called(self, service: str, operation: str, asked: Json, answer: Json, units: Units) -> None:
        """The invocation at work has made an AWS call."""
        if service in CALLED_ONCE:
            return
        step = self._running[-1]
        step.calls[f"{service}.{operation}"] += 1
        step.units.writes.update(units.writes)
        step.units.halves.update(units.halves)
        match operation:
            case "SendMessageBatch":
                step.messages[asked["QueueUrl"].rpartition("/")[2]] += len(asked["Entries"])
            case "PutEvents":
                step.published += len(asked["Entries"])
            case "PutRecordBatch":
                step.firehose += [len(base64.b64decode(one["Data"])) for one in asked["Records"]]


@dataclass(slots=True)
class MeteredWire:
    """Between botocore and the simulated cloud: sees each call and what came of it."""

    wire: AwsWire
    meter: Meter

    def send(self, request: AWSPreparedRequest, event_name: str) -> AWSResponse:
        """Let the call through, and count it."""
        _, service, operation = event_name.split(".")
        asked: Json = json.loads(_bytes(request.body) or b"{}")
        if service != "dynamodb":
            response = self.wire.send(request, event_name)
            self.meter.called(service, operation, asked, {}, Units())
            return response
        rows = rows_of(operation, asked)
        body: Any = json.dumps({**asked, "ReturnConsumedCapacity": "INDEXES"}).encode()
        request.body = body
        response = self.wire.send(request, event_name)
        answer: Json = json.loads(response.content)
        units = consumed(operation, asked, rows, answer)
        if rows and response.status_code == 200:
            self._compare(operation, units, answer)
        self.meter.called(service, operation, asked, answer, units)
        return response

    def _compare(self, operation: str, units: Units, answer: Json) -> None:
        """Hold the emulator's count of a write against ours."""
        told = answer["ConsumedCapacity"]
        theirs = Counter(
            {
                one["TableName"]: int(one["CapacityUnits"])
                for one in (told if isinstance(told, list) else [told])
            }
        )
        ours = Counter[str]()
        for place, many in units.writes.items():
            ours[place.partition("/")[0]] += many
        if ours != theirs:
            self.meter.misfits.append(f"{operation}: {dict(theirs)}, by our count {dict(ours)}")


def _bytes(body: object) -> bytes:
    return body if isinstance(body, bytes) else str(body or "").encode()
