"""Invocations recorded from the journeys that `make cost` counts, with all they asked and heard.

Played in the simulation, whose clock stands still here while a call is on its way: the same event
at the same instant then makes the same requests, byte for byte, and a replay can be held to that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from tests.simulation import aws_wire, psp_wire
from tests.simulation.cloud import environment
from tools.bench.exchanges import Exchange
from tools.cost.journeys import JOURNEYS, Journey, paid
from tools.cost.meter import Meter, step_of
from tools.cost.player import MeteredWorld, stage

TEN_OF_ONE = Journey("payment_10", "ten payments of one seller", "payment", 10, paid(*[1] * 10))
"""Makes what no journey of the bill has: one commit of ten postings."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One invocation of a warm function: what came in when, what was asked, what went out.

    `trigger` and `records` are as in docs/proofs/cost.json, `now_ms` is since the epoch.
    """

    function: str
    trigger: str
    records: int
    event: Mapping[str, Any]
    now_ms: int
    exchanges: tuple[Exchange, ...]
    answer: Any


@dataclass(frozen=True, slots=True)
class Recorded:
    """A journey's invocations in their order, and the variables they ran under."""

    invocations: tuple[Invocation, ...]
    environment: Mapping[str, str]

    def last(self, function: str, trigger: str, records: int) -> Invocation:
        """The last such invocation: the one that found most caches filled. Raises LookupError."""
        for one in reversed(self.invocations):
            if (one.function, one.trigger, one.records) == (function, trigger, records):
                return one
        raise LookupError(f"no {function} by {trigger} of {records}")


@dataclass(slots=True)
class _Ear:
    """Hears what the invocation at work says; those that are nested in it hear for themselves."""

    working: list[list[Exchange]] = field(default_factory=list)

    def heard(self, exchange: Exchange) -> None:
        if self.working:
            self.working[-1].append(exchange)


@dataclass(frozen=True, slots=True)
class _HeardAws:
    wire: Any
    ear: _Ear

    def send(self, request: Any, event_name: str) -> Any:
        """Let the call through, and keep both sides of it."""
        _, service, operation = event_name.split(".")
        asked = request.body if isinstance(request.body, bytes) else str(request.body).encode()
        response = self.wire.send(request, event_name)
        told = json.loads(response.content or b"{}")
        told.pop("ConsumedCapacity", None)
        said = json.dumps(told, separators=(",", ":"))
        self.ear.heard(Exchange(service, operation, asked.decode(), response.status_code, said))
        return response


@dataclass(frozen=True, slots=True)
class _HeardPsp:
    wire: Any
    ear: _Ear

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Any:
        reply = self.wire(method, path, headers, body)
        asked = (body or b"").decode()
        self.ear.heard(
            Exchange("psp", f"{method} {path}", asked, reply.status, reply.body.decode())
        )
        return reply

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wire, name)


class _HeardWorld(MeteredWorld):
    """A journey's world that keeps every invocation."""

    def __init__(self, made: Any, meter: Meter) -> None:
        super().__init__(made, meter)
        self.ear, self.kept = _Ear(), list[Invocation]()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Connect the machine to this world, with an ear on the line."""
        with super().open():
            aws: Any = _HeardAws(self.machine.aws, self.ear)
            psp: Any = _HeardPsp(self.machine.psp, self.ear)
            self.machine.aws, self.machine.psp = aws, psp
            yield

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """One invocation, kept."""
        came, now_ms = json.loads(json.dumps(event)), self.now
        self.ear.working.append([])
        try:
            answer = super().invoke(function, event)
        finally:
            heard = self.ear.working.pop()
        step = step_of(function, event)
        told = (function, step.trigger, step.records, came, now_ms, tuple(heard), answer)
        self.kept.append(Invocation(*told))
        return answer


def record(names: Iterable[str]) -> dict[str, Recorded]:
    """The journeys of these names, played. Raises RuntimeError as `tools.cost` does."""
    known = {journey.name: journey for journey in (*JOURNEYS, TEN_OF_ONE)}
    with (
        patch.object(aws_wire, "ANSWER_MS", 0),
        patch.object(psp_wire, "ANSWER_MS", 0),
        stage() as (made, meter),
    ):
        return {name: _played(known[name], made, meter) for name in sorted(set(names))}


def _played(journey: Journey, made: Any, meter: Meter) -> Recorded:
    world = _HeardWorld(made, meter)
    with world.open():
        for scripts in (*journey.before, journey.plays):
            world.perform(scripts)
    return Recorded(tuple(world.kept), environment())
