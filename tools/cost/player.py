"""Plays journeys in the simulation's machine: real handlers, real rows, every call counted."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from countinghouse.domain.instants import DAY, MINUTE
from countinghouse_aws.observability import Tally, logger, metrics, took
from countinghouse_aws.psp import timed
from infra import config
from tests.simulation.faults import Plan
from tests.simulation.flow import Flow, Play
from tests.simulation.lake_cloud import SimulatedS3
from tests.simulation.machine import Machine, machine
from tests.simulation.psp_wire import PspWire
from tests.simulation.reconcile_flow import PausingPlayer, evening
from tests.simulation.workflows import Execution
from tests.simulation.world import Job, World
from tools.cost.meter import Meter, MeteredWire

PATIENCE_MS = 90 * DAY
_NAMED = Flow(
    "cost", "a journey's cost", (), frozenset(), {}, patience_ms=PATIENCE_MS, annex=evening()
)
SERVICE = "simulation"
_TRAFFIC_MS = MINUTE
"""Webhooks within this time of each other are taken to have come at once, as they do where there
are a thousand a second."""

PSP_MS = 800
"""What each call to a PSP takes, by the log: as in assumptions.json, `wait_us_psp`."""


class MeteredWorld(World):
    """A world without faults in which every invocation is counted."""

    def __init__(self, made: Machine, meter: Meter) -> None:
        """Begin with an empty cloud and cold functions."""
        super().__init__(made, _NAMED, Plan(_NAMED.name))
        self.meter = meter

    @contextmanager
    def open(self) -> Iterator[None]:
        """Connect the machine to this world for as long as the context is open."""
        with self.alive():
            wire: Any = MeteredWire(self.aws, self.meter)
            psp: Any = CountedPsp(PspWire(self.machine.clock, self.injector, self.shop), self.meter)
            self.machine.aws, self.machine.psp = wire, psp
            yield

    def perform(self, scripts: tuple[Play, ...]) -> None:
        """Play these clients' parts until everything is at rest. Raises Broken."""
        self._began_at = self.now
        self._perform(scripts)
        if self.problems or self.watch.problems:
            raise RuntimeError(f"a journey without faults: {self.problems + self.watch.problems}")

    def _ready(self) -> list[Job]:
        """Streams wait until the webhooks that are on their way have come, so that batches fill."""
        ready = super()._ready()
        webhook_at = self.shop.next_webhook_ms()
        if webhook_at is None or webhook_at > self.now + _TRAFFIC_MS:
            return ready
        return [job for job in ready if job[0] != "stream psp_event"]

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """One invocation, counted."""
        self.meter.begin(function, event)
        # A process of its own has no ids of another function's.
        logger().clear_state()
        try:
            return super().invoke(function, event)
        finally:
            self.meter.end()


class CountedPsp:
    """The PSP's transport, each call counted."""

    def __init__(self, wire: PspWire, meter: Meter) -> None:
        """Count what goes over this wire."""
        self._wire, self._meter = wire, meter

    def __call__(self, *asked: Any) -> Any:
        self._meter.asked_psp()
        return self._wire(*asked)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wire, name)


class _Ear(logging.Handler):
    """Hears every line that a function logs."""

    def __init__(self, hears: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._hears = hears

    def emit(self, record: logging.LogRecord) -> None:
        # As long as API Gateway's, and as those of a function's URL.
        line = self.format(record)
        for name, as_long in (("request", 16), ("webhook", 36)):
            line = line.replace(f'"request_id":"{name}"', f'"request_id":"{"r" * as_long}"')
        self._hears(line)


@contextmanager
def stage() -> Iterator[tuple[Machine, Meter]]:
    """The machine with functions that log as in the cloud, and the meter that counts."""
    meter = Meter()
    with ExitStack() as stack:
        made = stack.enter_context(machine())
        # What the process counted before is of no journey.
        metrics().counts.clear()
        metrics().values.clear()
        stack.enter_context(_heard_metrics(meter))
        stack.enter_context(_steady_psp())
        stack.enter_context(_counted_transitions(meter))
        stack.enter_context(_counted_states(meter))
        stack.enter_context(_counted_objects(meter))
        log, ear = logging.getLogger(logger().name), _Ear(meter.logged)
        ear.setFormatter(logger().registered_formatter)
        log.addHandler(ear)
        stack.callback(log.removeHandler, ear)
        level = log.level
        log.setLevel(logging.INFO)
        stack.callback(log.setLevel, level)
        logging.disable(logging.DEBUG)
        events = ",".join(config.stage("prod").told.events)
        stack.enter_context(patch.dict(os.environ, {"PUBLISHED_EVENTS": events}))
        yield made, meter


def _heard_metrics(meter: Meter) -> Any:
    def flush(tally: Tally) -> None:
        is_urgent, line = tally.is_urgent, tally.take()
        if is_urgent:
            # As in the cloud, where each function's service is its name; here all share a process.
            meter.logged(line.replace(SERVICE, meter.function))

    # What may wait is told so seldom that it is assumed, not counted.
    return patch.object(Tally, "flush", flush)


def _steady_psp() -> Any:
    """Have every PSP take as long: what a log line says of it would differ from run to run."""
    return patch.object(timed, "took", lambda name, _: took(name, PSP_MS))


def _counted_transitions(meter: Meter) -> Any:
    move_to = Execution.move_to

    def counted(execution: Execution, state: str, now: int) -> None:
        meter.transitions["payout"] += 1
        move_to(execution, state, now)

    return patch.object(Execution, "move_to", counted)


def _counted_states(meter: Meter) -> Any:
    enter = PausingPlayer._enter

    def counted(player: PausingPlayer, *told: Any) -> Any:
        meter.transitions["reconciliation"] += 1
        return enter(player, *told)

    return patch.object(PausingPlayer, "_enter", counted)


def _counted_objects(meter: Meter) -> Any:
    call = SimulatedS3._call

    def counted(s3: SimulatedS3, operation: str, *told: Any) -> Any:
        meter.count(f"s3.{operation}")
        return call(s3, operation, *told)

    return patch.object(SimulatedS3, "_call", counted)
