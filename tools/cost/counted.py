"""What playing a journey counted: its steps, the rows it left, and the sums that are budgeted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.simulation import cloud
from tests.simulation.machine import Machine
from tools.cost.journeys import Journey
from tools.cost.meter import Meter, Step
from tools.cost.player import MeteredWorld
from tools.cost.sizes import item_size

ROW_OVERHEAD_BYTES = 100
"""What DynamoDB stores beside each row, and beside each entry of an index."""
SESSION = "http POST /v1/payments/sessions"
"""The step before a payment's intake: the buyer's page is opened."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A journey's steps. `transitions` are of Step Functions, `stored` are bytes by table."""

    name: str
    title: str
    unit: str
    many: int
    steps: tuple[Step, ...]
    transitions: Counter[str] = field(default_factory=Counter)
    stored: Counter[str] = field(default_factory=Counter)

    def writes(self, *, but: str = "") -> Counter[str]:
        """Write units by table or index, of all its `many`; without those of steps begun so."""
        return _sum(step.units.writes for step in self.steps if step.trigger != but)

    def halves(self) -> Counter[str]:
        """Half read units by table or index."""
        return _sum(step.units.halves for step in self.steps)

    def calls(self, *, but: str = "") -> Counter[str]:
        """AWS calls by `service.Operation`; without those of steps begun so."""
        return _sum(step.calls for step in self.steps if step.trigger != but)

    def data_calls(self, *, but: str = "") -> int:
        """Calls to tables."""
        return _to_tables(self.calls(but=but))

    def sums(self) -> dict[str, int]:
        """The integers that a budget holds, of all its `many`."""
        return {
            "write_units": sum(self.writes().values()),
            "half_read_units": sum(self.halves().values()),
            "data_calls": self.data_calls(),
            "other_calls": sum(self.calls().values()) - self.data_calls(),
            "invocations": len(self.steps),
            "transitions": sum(self.transitions.values()),
            "firehose_records": sum(len(step.firehose) for step in self.steps),
            "events": sum(step.published for step in self.steps),
            "log_bytes": _rounded(sum(step.log_bytes for step in self.steps)),
            "stored_bytes": _rounded(sum(self.stored.values())),
        }

    def as_json(self) -> dict[str, Any]:
        """As docs/proofs/cost.json has it."""
        return {
            "title": self.title,
            "unit": self.unit,
            "many": self.many,
            "sums": self.sums(),
            "transitions": dict(self.transitions),
            "stored": dict(self.stored),
            "steps": [step.as_json() for step in self.steps],
        }


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    found = Counter[str]()
    for counter in counters:
        found.update(counter)
    return found


def _rounded(size: int) -> int:
    """Begun half kilobytes: a few digits of a moment are no change of the cost."""
    return -(-size // 500) * 500


def _to_tables(calls: Counter[str]) -> int:
    return sum(many for call, many in calls.items() if call.startswith("dynamodb."))


def count(journey: Journey, made: Machine, meter: Meter) -> Counted:
    """Play a journey and count it.

    Raises RuntimeError when it does not go as one without faults does, or when the emulator counts
    other units than we do.
    """
    world = MeteredWorld(made, meter)
    with world.open():
        for scripts in journey.before:
            world.perform(scripts)
        before = stored()
        meter.restart()
        world.perform(journey.plays)
        if meter.misfits:
            raise RuntimeError(f"units: {sorted(set(meter.misfits))}")
        after = stored()
        after.subtract(before)
        told = (journey.name, journey.title, journey.unit, journey.many)
        return Counted(*told, tuple(meter.steps), Counter(meter.transitions), after)


def stored() -> Counter[str]:
    """Bytes of all rows by table, with what stands beside each and its entries of indexes."""
    found = Counter[str]()
    for table, (keys, indexes) in cloud.TABLES.items():
        for item in cloud.items(table):
            found[table] += item_size(item) + ROW_OVERHEAD_BYTES
            for _, partition, sort, _ in indexes:
                names = (*keys, *filter(None, (partition, sort)))
                if all(name in item for name in names):
                    entry = {name: item[name] for name in names}
                    found[table] += item_size(entry) + ROW_OVERHEAD_BYTES
    return found
