"""What a flow is: who does what, and how it ends whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from countinghouse.domain.instants import DAY
from tests.simulation.client import Script
from tests.simulation.psp_wire import Shop
from tests.simulation.rest import Expected
from tests.simulation.sale import Sale
from tests.simulation.workflows import Workflows

Play = Callable[[Shop], Script]

PATIENCE_MS = 3 * DAY
"""How long a history may take at all; the tests ask for less (I14)."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A named course of events. Each script is one client's part; the rest is the world's.

    Without workflows each execution is lost after one task.
    `prelude` names what happened before, without a fault; `sale` says how what follows a capture
    ends.
    """

    name: str
    says: str
    scripts: tuple[Play, ...]
    ends: frozenset[str]
    orders: Mapping[str, frozenset[str]]
    with_streams: bool = True
    with_webhooks: bool = True
    with_workflows: bool = True
    patience_ms: int = PATIENCE_MS
    prelude: str | None = None
    sale: Sale | None = None
    annex: Callable[[Any], Workflows] | None = None
    """Makes the workflows of a world that has more of them than payouts."""

    @property
    def expected(self) -> Expected:
        """How it ends."""
        return Expected(self.ends, self.orders, self.with_streams, self.sale)
