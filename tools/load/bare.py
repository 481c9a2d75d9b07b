"""The same calls bare: what was heard is sent again, in its order, to empty twins.

Each call to AWS is sent as it was, its tables and queues those of the twins. Each invocation is one
of an empty function: begun by a request to a twin API where a request began it, else by Lambda's
Invoke with an event of the same size; a queue's batch is received before and deleted after, as the
emulator does for its event sources. Nothing of ours runs between two calls. An invocation inside
another call (Firehose's of `lake_days`) comes with that call.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from urllib.parse import urlsplit

from tools.load.heard import INSIDE, Heard, Json
from tools.load.twins import Twins

_JSON = {"content-type": "application/json"}
_SQS = {"content-type": "application/x-amz-json-1.0"}
_SIGNED = (
    "AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, "
    "SignedHeaders=host, Signature=0"
)
"""The emulator reads account and region from a signature, and checks it only with enforcement."""
_TIMEOUT_S = 60.0
OF_STREAMS = frozenset({"sqs.SendMessageBatch", "events.PutEvents", "firehose.PutRecordBatch"})
"""Calls that only `relay` and `lake` make, while their stream waits for them."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request ready to be sent. Of a queue's batch, `queue` is where it comes from.

    `of_streams` are invocations that a stream began, and what the functions behind streams ask for.
    """

    name: str
    path: str
    body: bytes
    headers: dict[str, str]
    queue: str = ""
    of_streams: bool = False


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the calls: seconds from the first to the last, and what became of them."""

    seconds: float
    sent: Counter[str]
    refused: int


def prepared(
    heard: Iterable[Heard], twins: Twins, region: str, key: str, *, invocations: bool
) -> Iterator[Sent]:
    """The requests of a pass; without `invocations` only what the functions asked of AWS."""
    for one in heard:
        if one.is_call:
            service = one.name.partition(".")[0]
            headers = one.told["sent"] | _signed(service, region, key)
            body = twins.rewritten(one.told["body"]).encode()
            of_streams = one.name in OF_STREAMS
            yield Sent(one.name, one.told["path"], body, headers, of_streams=of_streams)
        elif invocations and one.told["by"] != INSIDE:
            yield _invocation(one, twins, region, key)


def _signed(service: str, region: str, key: str) -> dict[str, str]:
    return {"authorization": _SIGNED.format(key=key, region=region, service=service)}


def _invocation(one: Heard, twins: Twins, region: str, key: str) -> Sent:
    told = one.told
    name = twins.function(told["function"])
    body = hollow_event(told)
    if "asked" in told:
        return Sent(one.name, f"{urlsplit(twins.api_url).path}/{name}", body, _JSON)
    headers = _JSON | _signed("lambda", region, key)
    queue = twins.queue_of(told["function"]) if told["by"] == "sqs" else ""
    path = f"/2015-03-31/functions/{name}/invocations"
    return Sent(one.name, path, body, headers, queue, of_streams=told["by"] == "stream")


def hollow_event(told: Json) -> bytes:
    """What a twin function is asked to say, padded to the size of the original's event."""
    asked = {"told": told["told"], "answered": told["answered"], "pad": ""}
    bare = len(json.dumps(asked))
    return json.dumps({**asked, "pad": "." * max(told["bytes"] - bare, 0)}).encode()


def openers(requests: Iterable[Sent], each: int) -> list[Sent]:
    """The first invocations of each function, so many, none with a queue's batch."""
    found: defaultdict[str, list[Sent]] = defaultdict(list)
    for request in requests:
        if request.path != "/" and len(found[request.path]) < each:
            found[request.path].append(replace(request, queue=""))
    return [request for some in found.values() for request in some]


def send(
    requests: Sequence[Sent], host: str, port: int, at_once: int, *, in_turns: bool = False
) -> Pass:
    """Send them all in their order, so many at a time, each thread on a connection of its own.

    `in_turns` has what is of streams sent by one thread alone, as the emulator itself does it, and
    the others send the rest.

    Raises:
        OSError: when the emulator does not answer.
    """
    apart = deque(one for one in requests if in_turns and one.of_streams)
    rest = deque(one for one in requests if not (in_turns and one.of_streams))
    queues = [apart if in_turns else rest, *[rest] * (at_once - 1)]
    began = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        try:
            refused = sum(pool.map(lambda waiting: _drained(waiting, host, port), queues))
        except BaseException:
            apart.clear()
            rest.clear()
            raise
    seconds = time.perf_counter() - began
    return Pass(seconds, Counter(request.name for request in requests), refused)


def _drained(waiting: deque[Sent], host: str, port: int) -> int:
    """Send from the front for as long as there is any; how many were refused."""
    refused = 0
    with closing(HTTPConnection(host, port, timeout=_TIMEOUT_S)) as wire, suppress(IndexError):
        while True:
            refused += _sent(wire, waiting.popleft())
    return refused


def _sent(wire: HTTPConnection, request: Sent) -> int:
    """Send one; how many of its calls were refused."""
    if not request.queue:
        return _post(wire, request.path, request.body, request.headers)[0]
    signed = {"authorization": request.headers["authorization"].replace("/lambda/", "/sqs/")}
    bad, answer = _sqs(wire, "ReceiveMessage", {"MaxNumberOfMessages": 10}, request, signed)
    bad += _post(wire, request.path, request.body, request.headers)[0]
    held = json.loads(answer).get("Messages") or []
    if held:
        entries = [
            {"Id": str(place), "ReceiptHandle": one["ReceiptHandle"]}
            for place, one in enumerate(held)
        ]
        bad += _sqs(wire, "DeleteMessageBatch", {"Entries": entries}, request, signed)[0]
    return bad


def _sqs(
    wire: HTTPConnection, operation: str, asked: Json, request: Sent, signed: dict[str, str]
) -> tuple[int, bytes]:
    body = json.dumps({"QueueUrl": request.queue, **asked}).encode()
    return _post(wire, "/", body, _SQS | signed | {"x-amz-target": f"AmazonSQS.{operation}"})


def _post(
    wire: HTTPConnection, path: str, body: bytes, headers: dict[str, str]
) -> tuple[int, bytes]:
    wire.request("POST", path, body, headers)
    answer = wire.getresponse()
    said = answer.read()
    return int(answer.status >= 400), said
