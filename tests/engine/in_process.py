"""ministack and moto in this process, each on a clock of its own that a row moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import boto3
import moto.sqs.models
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from ministack.services import dynamodb, dynamodb_streams, sqs
from moto import mock_aws
from moto.core.models import botocore_stubber

from tests.engine.engines import CONFIG, MINISTACK, MOTO, REGION, Engine
from tests.simulation.clock import EmulatorTime, VirtualClock
from tests.simulation.cloud import completed

MODULES = {"dynamodb": dynamodb, "dynamodb-streams": dynamodb_streams, "sqs": sqs}
_KEYS = {"aws_access_key_id": "AKIAENGINE", "aws_secret_access_key": "engine"}


class _Body:
    """The bytes of an answer, as botocore reads them."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self._body


def answer(request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse:
    """What botocore's `before-send` reaches: the service's own code, called as a function."""
    service = event_name.split(".")[1]
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
    status, said, raw = completed(MODULES[service].handle_request("POST", "/", headers, body, {}))
    kept: Any = {name: value for name, value in said.items() if name.lower() != "x-amz-crc32"}
    sent: Any = _Body(raw.encode() if isinstance(raw, str) else raw)
    return AWSResponse(request.url, status, kept, sent)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def answered_by_ministack(client: Any) -> Any:
    """The client, answered here and by nobody else.

    botocore calls every handler and takes the first answer: a mock of moto's that is at work in
    this process, another suite's perhaps, would carry out each call too, and raise its own bugs.
    """
    client.meta.events.unregister("before-send", botocore_stubber)
    client.meta.events.register("before-send", answer)
    return client


def empty() -> None:
    """Forget every table and queue of ministack in this process."""
    dynamodb.reset()
    sqs.reset()
    dynamodb._stream_seq_counter = 0


@contextmanager
def ministack_here() -> Iterator[None]:
    """ministack's modules ready to be called: empty, and without what only its server needs."""
    # It would import the whole emulator, to find that authorization is off.
    with patch.object(sqs, "_enforce_queue_policy", lambda *_: None):
        empty()
        yield
        empty()


@contextmanager
def ministack_engine() -> Iterator[Engine]:
    """ministack's DynamoDB, its streams and SQS."""
    clock = VirtualClock()
    now: Any = EmulatorTime(clock)

    def make(service: str) -> Any:
        return answered_by_ministack(boto3.client(service, REGION, config=CONFIG, **_KEYS))  # type: ignore[call-overload]

    engine = Engine(MINISTACK, make, pass_s=lambda s: clock.advance(round(s * 1_000)))
    with ExitStack() as stack:
        for module in (dynamodb, sqs):
            stack.enter_context(patch.object(module, "time", now))
        stack.enter_context(ministack_here())
        stack.enter_context(engine.undo)
        yield engine


@contextmanager
def moto_engine() -> Iterator[Engine]:
    """moto's DynamoDB, its streams and SQS."""
    clock = VirtualClock()

    def make(service: str) -> Any:
        return boto3.client(service, REGION, config=CONFIG, **_KEYS)  # type: ignore[call-overload]

    engine = Engine(MOTO, make, pass_s=lambda s: clock.advance(round(s * 1_000)))
    with ExitStack() as stack:
        stack.enter_context(mock_aws())
        for name, now in {
            "unix_time": clock.time,
            "unix_time_millis": lambda *_: float(clock.now_ms),
        }.items():
            stack.enter_context(patch.object(moto.sqs.models, name, now))
        stack.enter_context(engine.undo)
        yield engine
