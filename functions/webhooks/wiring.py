"""What the webhook intake is made of: one source per PSP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache

from countinghouse.ports.books import PspEventBook
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass
from countinghouse_aws.assembly import Assembly
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.psp.desk import WebhookSource


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    events: PspEventBook
    sources: Mapping[str, WebhookSource]
    clock: Clock
    grants: Grants = field(default_factory=dict)


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = Assembly()
    sources = {name: parts.psps.desk(name).webhooks() for name in parts.psps.names}
    return Deps(parts.events, sources, parts.clock)
