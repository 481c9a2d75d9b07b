"""What was played and what came of it: counted in a worker, added up by the campaign."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from tests.simulation.faults import Plan, parse_plan
from tests.simulation.world import World


@dataclass(slots=True)
class Tally:
    """Histories, and the calls they made: `faulted` counts those of histories with a fault.

    `twice` counts the histories that were played again, `differed` those that were then another.
    `rest_ms` is the longest time in which one came to rest, `modes` counts the faults by mode.
    """

    histories: int = 0
    calls: int = 0
    faulted: int = 0
    rest_ms: int = 0
    twice: int = 0
    differed: int = 0
    modes: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> int:
        """How many calls went wrong."""
        return self.modes.total()

    def count(self, world: World) -> None:
        """Count a history that was played to its end."""
        made, struck = len(world.injector.calls), len(world.injector.struck)
        self.histories += 1
        self.calls += made
        self.faulted += made if struck else 0
        self.rest_ms = max(self.rest_ms, world.rest_ms)
        reached = {call.number for call in world.injector.struck}
        strikes = world.injector.plan.strikes
        self.modes.update(str(strike.mode) for strike in strikes if strike.k in reached)

    def add(self, other: Tally) -> None:
        """Count what another counted."""
        self.histories += other.histories
        self.calls += other.calls
        self.faulted += other.faulted
        self.rest_ms = max(self.rest_ms, other.rest_ms)
        self.twice += other.twice
        self.differed += other.differed
        self.modes.update(other.modes)

    def as_json(self) -> dict[str, Any]:
        """As it is kept between runs."""
        return {
            "histories": self.histories,
            "calls": self.calls,
            "faulted": self.faulted,
            "rest_ms": self.rest_ms,
            "twice": self.twice,
            "differed": self.differed,
            "modes": dict(sorted(self.modes.items())),
        }


def tally_of(kept: dict[str, Any]) -> Tally:
    """Return the tally that `as_json` kept."""
    return Tally(**{**kept, "modes": Counter(kept["modes"])})


@dataclass(frozen=True, slots=True)
class Failure:
    """A history that broke an invariant, and the smallest one found that breaks the same."""

    plan: str
    problems: tuple[str, ...]
    smallest: str = ""

    @property
    def invariant(self) -> str:
        """The one that it broke first: `I4` of `I4: charged twice`."""
        return invariant_of(self.problems[0])

    @property
    def history(self) -> Plan:
        """What plays it again."""
        return parse_plan(self.plan)

    def shrunk_to(self, plan: Plan) -> Failure:
        """The same failure with its smallest history."""
        return replace(self, smallest=str(plan))

    def as_json(self) -> dict[str, Any]:
        """As it is kept between runs."""
        return {"plan": self.plan, "problems": [*self.problems], "smallest": self.smallest}


def failure_of(kept: dict[str, Any]) -> Failure:
    """Return the failure that `as_json` kept."""
    return Failure(kept["plan"], tuple(kept["problems"]), kept["smallest"])


def invariant_of(problem: str) -> str:
    """What a problem broke: the words before its colon."""
    return problem.partition(":")[0][:40]
