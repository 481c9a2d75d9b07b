"""One process in which everything runs: real code on the virtual clock, no socket, no thread."""

from __future__ import annotations

import gc
import logging
import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from unittest.mock import patch

import boto3
import botocore.endpoint
import botocore.handlers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.regions import EndpointRulesetResolver
from botocore.retries.quota import RetryQuota
from botocore.session import get_session
from botocore.signers import RequestSigner
from ministack.services import dynamodb, sqs

import countinghouse_aws.edge.queue
import countinghouse_aws.psp.sandbox_desk
import countinghouse_aws.system.clients
import countinghouse_aws.system.clock
from countinghouse_aws.observability import Tally, logger
from countinghouse_aws.payout_assembly import PayoutAssembly
from countinghouse_aws.system.clients import aws_client
from tests.simulation.aws_wire import AwsWire
from tests.simulation.clock import ClientTime, EmulatorTime, VirtualClock
from tests.simulation.cloud import (
    SavedCloud,
    environment,
    reset_cloud,
    restore_cloud,
    save_cloud,
)
from tests.simulation.lake_cloud import NewClient, SimulatedS3
from tests.simulation.lambdas import Function, functions
from tests.simulation.psp_wire import Transport
from tests.simulation.quicker import TreeCopy, endpoints_once

T = TypeVar("T")
R = TypeVar("R")


class InlineExecutor:
    """A thread pool that runs everything at once, one after the other, in the caller's thread."""

    def __init__(self, max_workers: int) -> None:
        self.max_workers = max_workers

    def __enter__(self) -> InlineExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        return iter([function(item) for item in items])


class CountedUuids:
    """The module `uuid` for botocore's request tokens: the same ones in every replay."""

    def __init__(self) -> None:
        self.count = 0

    def uuid4(self) -> uuid.UUID:
        self.count += 1
        return uuid.UUID(int=self.count)


class Journalist(logging.Handler):
    """Keeps the warnings and errors that the functions log, and how each reads as a line."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        # Now, for what the function has told its logger is in the line and not in the record.
        self.lines.append(self.format(record))

    def clear(self) -> None:
        """Forget it all."""
        self.records.clear()
        self.lines.clear()


@dataclass(frozen=True, slots=True)
class Saved:
    """What a prelude leaves behind: everything outside of our code."""

    now_ms: int
    uuids: int
    cloud: SavedCloud
    book: bytes
    cards: dict[str, str]
    events: tuple[dict[str, Any], ...]
    positions: dict[str, int]
    executions: frozenset[str]
    more: Any = None
    """What the workflows keep beside their names."""


@dataclass(slots=True)
class Machine:
    """What histories share: the clock, the functions, warm AWS clients, how preludes ended."""

    clock: VirtualClock
    functions: dict[str, Function]
    journalist: Journalist
    uuids: CountedUuids
    aws: AwsWire | None = None
    psp: Transport | None = None
    s3: SimulatedS3 | None = None
    saved: dict[str, Saved] = field(default_factory=dict)
    empty: SavedCloud | None = None
    """The cloud before anything happened: faster restored than made."""

    def restart(self) -> None:
        """Begin a new history: an empty cloud, cold functions, the clock at its start."""
        self.clock.restart()
        self.uuids.count = 0
        self.journalist.clear()
        if self.empty is None:
            reset_cloud()
            self.empty = save_cloud()
        restore_cloud(self.empty)
        self._forget()

    def restore(self, saved: Saved) -> None:
        """Go on from what a prelude left behind, with cold functions."""
        self.clock.now_ms = saved.now_ms
        self.uuids.count = saved.uuids
        self.journalist.clear()
        restore_cloud(saved.cloud)
        self._forget()

    def _forget(self) -> None:
        for function in self.functions.values():
            function.forget()

    def send(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        """What botocore's `before-send` reaches."""
        if self.aws is None:
            raise RuntimeError("an AWS call outside of any history")
        return self.aws.send(request, event_name)

    def transport(self, base_url: str, timeout_s: float) -> Transport:
        """What stands in for `HttpTransport`."""
        if self.psp is None:
            raise RuntimeError("a PSP outside of any history")
        return self.psp


@contextmanager
def machine() -> Iterator[Machine]:
    """The process, patched for as long as the context is open."""
    clock, uuids, journalist = VirtualClock(), CountedUuids(), Journalist()
    emulator_time: Any = EmulatorTime(clock)
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, environment()))
        os.environ.pop("AWS_PROFILE", None)
        made = Machine(clock, functions(), journalist, uuids)
        swaps: list[tuple[Any, str, Any]] = [
            (countinghouse_aws.system.clock, "time", clock),
            (countinghouse_aws.system.clients, "new_client", NewClient(lambda: made.s3)),
            (countinghouse_aws.psp.sandbox_desk, "HttpTransport", made.transport),
            # Batches of orders run in threads, whose order no seed decides.
            (countinghouse_aws.edge.queue, "ThreadPoolExecutor", InlineExecutor),
            (botocore.endpoint, "time", ClientTime(clock)),
            (botocore.handlers, "uuid", uuids),
            # A client's retry allowance would run dry over thousands of histories.
            (RetryQuota, "acquire", lambda *_: True),
            (dynamodb, "time", emulator_time),
            (sqs, "time", emulator_time),
            # It would import the whole emulator, to find that authorization is off.
            (sqs, "_enforce_queue_policy", lambda *_: None),
            (dynamodb, "copy", TreeCopy),
            (EndpointRulesetResolver, "construct_endpoint", endpoints_once()),
            # A fifth of each call's cost, and nobody here reads a signature.
            (RequestSigner, "sign", lambda *_, **__: None),
            # No flow here runs a month, and a client of S3 takes long to make.
            (PayoutAssembly, "payout_runs", None),
            # Metrics go nowhere.
            (Tally, "flush", lambda _: None),
        ]
        for target, name, value in swaps:
            stack.enter_context(patch.object(target, name, value))
        stack.enter_context(_session(made))
        stack.enter_context(_listening(journalist))
        # What is imported by now stays: looking for garbage in it costs a fifth of the run.
        gc.collect()
        gc.freeze()
        stack.callback(gc.unfreeze)
        yield made


@contextmanager
def _session(made: Machine) -> Iterator[None]:
    """A session, also boto3's default, whose clients reach the machine instead of the network."""
    session = get_session()
    session.set_config_variable("region", "us-east-1")
    send: Any = made.send
    session.register("before-send", send)
    aws_client.cache_clear()
    with (
        patch.object(countinghouse_aws.system.clients, "session", lambda: session),
        patch.object(boto3, "DEFAULT_SESSION", boto3.Session(botocore_session=session)),
    ):
        yield
    aws_client.cache_clear()


@contextmanager
def _listening(journalist: Journalist) -> Iterator[None]:
    logger.cache_clear()
    log = logging.getLogger(logger().name)
    handlers, propagate = list(log.handlers), log.propagate
    log.handlers, log.propagate = [journalist], False
    journalist.setFormatter(logger().registered_formatter)
    # The emulator and botocore tell much about themselves.
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        log.handlers, log.propagate = handlers, propagate
        logger.cache_clear()
