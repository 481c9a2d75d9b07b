"""Time, as something handed in."""

from typing import Protocol

from countinghouse.domain.instants import Instant


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> Instant:
        """The current instant, UTC."""
        ...
