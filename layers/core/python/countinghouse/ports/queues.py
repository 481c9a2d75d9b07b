"""What is due, and the queues that take care of it."""

from collections.abc import Iterable
from typing import Protocol

from countinghouse.domain.instants import Instant
from countinghouse.messages import Message


class DueIndex(Protocol):
    """One table's rows that are not at rest, by when they want to be looked at."""

    def due(self, now: Instant, limit: int) -> list[str]:
        """Ids of rows due by `now`, at most `limit` (read from an index: may lag)."""
        ...


class Outbox(Protocol):
    """The way to the queues."""

    def send(self, messages: Iterable[Message]) -> None:
        """Send every message. Raises Unavailable when one was not taken."""
        ...
