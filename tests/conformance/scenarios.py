"""The scenarios' names, and where one does not apply: the table of docs/conformance.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.conformance.counter import Counter

Play = Callable[[Counter], None]


@dataclass(frozen=True)
class Scenario:
    """What happens at a PSP, and what has to come of it here. `without` says why a PSP lacks it."""

    group: str
    name: str
    play: Play
    without: Mapping[str, str] = field(default_factory=dict)


SCENARIOS: list[Scenario] = []


def scenario(group: str, name: str, **without: str) -> Callable[[Play], Play]:
    """Add a scenario; keywords name PSPs to which it does not apply, and why."""

    def add(play: Play) -> Play:
        SCENARIOS.append(Scenario(group, name, play, without))
        return play

    return add
