"""What the webhook intake is made of: one source per PSP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from countinghouse.domain.instants import Instant
from countinghouse.domain.psp import PspEvent
from countinghouse.ports.books import PspEventBook
from countinghouse.ports.clock import Clock
from countinghouse_aws.assembly import Assembly
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.psp.names import SANDBOX


class Source(Protocol):
    """One PSP's webhooks."""

    def verify(self, headers: Mapping[str, str], body: bytes, now: Instant) -> None:
        """Raise BadSignature or StaleTimestamp unless a live secret signed these bytes."""
        ...

    def parse(self, body: bytes, now: Instant) -> PspEvent:
        """The event the bytes state. Raises Invalid when they cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    events: PspEventBook
    sources: Mapping[str, Source]
    clock: Clock
    grants: Grants = field(default_factory=dict)


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = Assembly()
    return Deps(parts.events, {SANDBOX: parts.sandbox_webhooks}, parts.clock)
