"""What the model is fed with: the day, the sellers, the steps with their units, AWS's limits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.capacity.counted import counted, journeys

FILE: Final = Path(__file__).with_name("parameters.json")
DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a journey: what runs, by what it is started, what it takes of each table.

    `rate` is how often it happens for each `per` (payment or order); `own_ms` its time beside the
    PSP; `workers` how many messages of a batch are handled at once. `dynamodb` is by table, or
    `Table/index`, the write and read units of one message.
    """

    name: str
    function: str
    trigger: str
    per: str
    rate: float
    batch: int
    own_ms: float
    dynamodb: Mapping[str, Mapping[str, Any]]
    calls: Mapping[str, int]
    queue: str | None = None
    psp: str | None = None
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Parameters:
    """All of `parameters.json`; `raw` is what has no shape of its own."""

    raw: Mapping[str, Any]
    steps: tuple[Step, ...]

    @property
    def orders_per_payment(self) -> float:
        """Mean orders of a checkout, as counted in real ones."""
        counts = {int(n): count for n, count in self.raw["orders_of_checkouts"].items()}
        return float(sum(n * count for n, count in counts.items()) / sum(counts.values()))

    @property
    def multi_order_share(self) -> float:
        """Share of checkouts with more than one order."""
        counts = self.raw["orders_of_checkouts"]
        return 1.0 - float(counts["1"]) / float(sum(counts.values()))

    @property
    def peak_factor(self) -> float:
        """The busiest hour over the mean hour."""
        hours = self.raw["hours"]
        return float(max(hours) * len(hours) / sum(hours))

    def payments_per_s(self, load: float) -> float:
        """Mean payments a second at `load` times the day's volume."""
        return load * float(self.raw["payments_per_day"]) / DAY_S

    def messages_per_s(self, step: Step, payments_per_s: float) -> float:
        """How often a step happens at so many payments a second."""
        orders = self.orders_per_payment if step.per == "order" else 1.0
        return payments_per_s * step.rate * orders

    def step(self, name: str) -> Step:
        """The step of that name."""
        return next(step for step in self.steps if step.name == name)


def parameters(path: Path = FILE) -> Parameters:
    """Read the parameters, and what was counted."""
    raw, known = json.loads(path.read_text(encoding="utf-8")), journeys()
    return Parameters(raw, tuple(_step(step, known) for step in raw["steps"]))


def _step(told: Mapping[str, Any], known: Mapping[str, Any]) -> Step:
    fields = {name: value for name, value in told.items() if name not in ("journey", "starts")}
    return Step(**fields | {"dynamodb": counted(told, known)})
