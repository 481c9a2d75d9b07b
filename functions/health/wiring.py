"""What health is made of."""

from __future__ import annotations

from dataclasses import field
from functools import lru_cache

from countinghouse.records import dataclass
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.system.environment import Environment


@dataclass(frozen=True, slots=True)
class Deps:
    """What this function knows."""

    version: str
    stage: str
    grants: Grants = field(default_factory=dict)


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The settings, from the environment, once a process."""
    environment = Environment()
    return Deps(environment.text("VERSION"), environment.text("STAGE"))
