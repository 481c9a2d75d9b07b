"""What each part of the run found, kept between runs: a part that is run again replaces its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.simulation.tally import Failure, Tally, failure_of, tally_of
from tests.simulation.tasks import Found

PARTS = ("singles", "pairs", "markets", "random", "zoo")
HISTORIES = PARTS[:4]
"""The parts that play histories; the other plants bugs."""
OF_FLOWS = tuple(part for part in HISTORIES if part != "markets")
"""Those that play the flows that are listed."""


@dataclass(slots=True)
class Bugs:
    """A planted bug, and the plan that caught it, empty when none did."""

    says: str
    breaks: str
    plan: str = ""


@dataclass(slots=True)
class Part:
    """What one part found, on which commit, in so many seconds of `workers` processes.

    `days` are the first and the last of them, for a run that was cut goes on another day; of its
    workers they were never more. `planned` is how many histories or bugs there are, 0 where nothing
    says when it is enough.
    """

    commit: str = ""
    days: tuple[str, ...] = ()
    seconds: float = 0
    workers: int = 1
    planned: int = 0
    flows: dict[str, Tally] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    bugs: dict[str, Bugs] = field(default_factory=dict)

    @property
    def total(self) -> Tally:
        """All flows' together."""
        whole = Tally()
        for tally in self.flows.values():
            whole.add(tally)
        return whole

    @property
    def day(self) -> str:
        """When it was played."""
        return " to ".join(self.days)

    def hear(self, found: Found) -> None:
        """Add what a task found."""
        days = {*self.days, found.day}
        self.days = (min(days), max(days)) if len(days) > 1 else tuple(days)
        self.seconds += found.seconds
        self.workers = max(self.workers, found.workers)
        if found.shrunk is not None:
            told = found.shrunk
            self.failures = [told if told.plan == one.plan else one for one in self.failures]
            return
        if found.part in HISTORIES:
            self.flows.setdefault(found.subject, Tally()).add(found.tally)
        self.failures += found.failures

    def as_json(self) -> dict[str, Any]:
        """As it is kept between runs."""
        return {
            "commit": self.commit,
            "days": [*self.days],
            "seconds": round(self.seconds),
            "workers": self.workers,
            "planned": self.planned,
            "flows": {name: tally.as_json() for name, tally in self.flows.items()},
            "failures": [failure.as_json() for failure in self.failures],
            "bugs": {name: [b.says, b.breaks, b.plan] for name, b in self.bugs.items()},
        }


def part_of(kept: dict[str, Any]) -> Part:
    """Return the part that `as_json` kept."""
    return Part(
        **{
            **kept,
            "days": tuple(kept["days"]),
            "flows": {name: tally_of(one) for name, one in kept["flows"].items()},
            "failures": [failure_of(one) for one in kept["failures"]],
            "bugs": {name: Bugs(*one) for name, one in kept["bugs"].items()},
        }
    )


@dataclass(slots=True)
class Results:
    """The newest run of each part, and of every flow what it says and how many calls it makes."""

    parts: dict[str, Part] = field(default_factory=dict)
    flows: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def faulted(self) -> int:
        """Calls of histories with a fault that were played to their end and checked."""
        return sum(self.parts[one].total.faulted for one in HISTORIES if one in self.parts)

    def as_json(self) -> dict[str, Any]:
        """As it is kept between runs."""
        return {
            "flows": {name: [says, calls] for name, (says, calls) in self.flows.items()},
            "parts": {name: part.as_json() for name, part in self.parts.items()},
        }


def results_of(kept: Mapping[str, Any]) -> Results:
    """Return the results that `as_json` kept."""
    parts = {name: part_of(one) for name, one in kept["parts"].items()}
    return Results(parts, {name: (says, calls) for name, (says, calls) in kept["flows"].items()})


def read(path: Path) -> Results:
    """What is kept; nothing when there is no file."""
    if not path.exists():
        return Results()
    return results_of(json.loads(path.read_text(encoding="utf-8")))


def write(path: Path, results: Results) -> None:
    """Keep it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results.as_json(), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
