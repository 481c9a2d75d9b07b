"""AWS behind botocore with no socket: the emulator's service modules, called as functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ReadTimeoutError
from ministack.services import dynamodb, secretsmanager, sqs

from tests.simulation.clock import VirtualClock
from tests.simulation.cloud import completed, outdated
from tests.simulation.faults import LOOKS, PASSING, TRANSACTION, Injector, Mode
from tests.simulation.workflows import Workflows

ANSWER_MS = 5
"""How long an AWS call takes."""
TIMEOUT_MS = 4_000
"""How long our client waits for an answer (countinghouse_aws.system.clients)."""

MODULES = {"dynamodb": dynamodb, "sqs": sqs, "secrets-manager": secretsmanager}


Raw = tuple[int, Mapping[str, str], bytes]
"""What a service answers: status, headers, body."""


@dataclass(slots=True)
class Bus:
    """The event bus: takes everything, and remembers it."""

    events: list[dict[str, Any]] = field(default_factory=list)

    def put(self, body: bytes) -> Raw:
        """Take every entry."""
        entries = json.loads(body)["Entries"]
        self.events += [json.loads(entry["Detail"]) for entry in entries]
        answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "event"} for _ in entries]}
        return 200, {}, json.dumps(answer).encode()


class _Body:
    """The bytes of an answer, as botocore reads them."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self._body


@dataclass(slots=True)
class _AwsDeed:
    """One AWS call about to be made."""

    service: str
    operation: str
    request: AWSPreparedRequest
    body: bytes
    clock: VirtualClock
    workflows: Workflows
    bus: Bus

    def do(self) -> AWSResponse:
        self.clock.advance(ANSWER_MS)
        return self._response(*self._carry(self.body))

    def _carry(self, body: bytes) -> Raw:
        if self.service == "eventbridge":
            return self.bus.put(body)
        if self.service == "sfn":
            return self.workflows.answer(self.operation, body)
        headers = {name.lower(): _text(value) for name, value in self.request.headers.items()}
        module = MODULES[self.service]
        answer: Raw = completed(module.handle_request("POST", "/", headers, body, {}))
        return answer

    def unanswered(self) -> Exception:
        self.clock.advance(TIMEOUT_MS)
        return ReadTimeoutError(endpoint_url=self.request.url)

    def refused(self, mode: Mode) -> AWSResponse:
        self.clock.advance(ANSWER_MS)
        if mode is Mode.ERR:
            return self._error(next(iter(PASSING)))
        if mode is Mode.PARTIAL:
            return self._response(200, {}, json.dumps(self._in_part()).encode())
        if mode is Mode.STALE:
            return self._response(*self._outdated())
        if mode is Mode.IN_PROGRESS:
            return self._error("TransactionInProgressException")
        if self.operation != TRANSACTION:
            return self._error("TransactionConflictException")
        place = {Mode.CONFLICT_AMID: self.rows // 2, Mode.CONFLICT_LAST: self.rows - 1}.get(mode, 0)
        reasons = [{"Code": "None"} for _ in range(self.rows)]
        reasons[place] = {"Code": "TransactionConflict"}
        return self._error("TransactionCanceledException", CancellationReasons=reasons)

    @property
    def rows(self) -> int:
        return len(json.loads(self.body)["TransactItems"]) if self.operation == TRANSACTION else 1

    def idle(self) -> frozenset[Mode]:
        if self.operation not in LOOKS:
            return frozenset()
        if not self._may_lag():
            # Nor does a query that may not lag show nothing of what is there.
            return frozenset(
                {Mode.STALE} | ({Mode.PARTIAL} if self.operation == "Query" else set())
            )
        found = json.loads(self._carry(self.body)[2])
        same = {Mode.PARTIAL} if not found.get("Items", True) else set()
        if json.loads(self._outdated()[2]) == found:
            same.add(Mode.STALE)
        return frozenset(same)

    def _may_lag(self) -> bool:
        """Whether DynamoDB owes this read no more than what once was."""
        asked = json.loads(self.body)
        reads = asked.get("RequestItems", {"": asked}).values()
        return not all(read.get("ConsistentRead") for read in reads)

    def _outdated(self) -> Raw:
        """What the read shows of every row as it was before its last change."""
        asked = json.loads(self.body)
        names = asked.get("RequestItems") or [asked["TableName"]]
        with outdated(names):
            return self._carry(self.body)

    def _in_part(self) -> dict[str, object]:
        """The answer that leaves the first entry of a batch undone, or everything unread."""
        asked = json.loads(self.body)
        if self.operation == "Query":
            return {"Items": [], "Count": 0, "ScannedCount": 0}
        if self.operation == "BatchGetItem":
            return {"Responses": {}, "UnprocessedKeys": asked["RequestItems"]}
        first, *others = asked["Entries"]
        answer: dict[str, Any] = {}
        if others:
            _, _, raw = self._carry(json.dumps({**asked, "Entries": others}).encode())
            answer = json.loads(raw)
        if self.operation == "PutEvents":
            failed = [{"ErrorCode": "InternalFailure"}, *answer.get("Entries", [])]
            return {"FailedEntryCount": 1, "Entries": failed}
        refused = {"Id": first["Id"], "Code": "InternalError", "SenderFault": False}
        return {"Successful": answer.get("Successful", []), "Failed": [refused]}

    def _error(self, code: str, **more: object) -> AWSResponse:
        body = {"__type": f"com.amazonaws#{code}", "message": code, **more}
        return self._response(PASSING.get(code, 400), {}, json.dumps(body).encode())

    def _response(self, status: int, headers: Mapping[str, str], body: bytes) -> AWSResponse:
        kept: Any = {k: v for k, v in headers.items() if k.lower() != "x-amz-crc32"}
        raw: Any = _Body(body)
        return AWSResponse(self.request.url, status, kept, raw)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


@dataclass(slots=True)
class AwsWire:
    """Answers botocore's `before-send` events of one history."""

    clock: VirtualClock
    injector: Injector
    workflows: Workflows
    bus: Bus = field(default_factory=Bus)
    log: Callable[[str, bytes], None] = lambda *_: None
    """Is told of each call to a table, with its body."""

    def send(self, request: AWSPreparedRequest, event_name: str) -> AWSResponse:
        """What the service answers to this request under the plan."""
        _, service, operation = event_name.split(".")
        body = request.body if isinstance(request.body, bytes) else _bytes(request.body)
        if service == "dynamodb":
            self.log(operation, body)
        reached = (self.clock, self.workflows, self.bus)
        deed = _AwsDeed(service, operation, request, body, *reached)
        return self.injector.meet(service, operation, body, _attempt(request), deed)


def _bytes(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else b""


def _attempt(request: AWSPreparedRequest) -> int:
    """Which of the SDK's attempts this is: `attempt=2; max=3`."""
    told = _text(request.headers.get("amz-sdk-request") or "attempt=1")
    return int(told.partition(";")[0].removeprefix("attempt="))
