"""What is due, and the queues that take care of it."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from countinghouse.domain.instants import Instant
from countinghouse.messages import Message


class DueIndex(Protocol):
    """One table's rows that are not at rest, by when they want to be looked at."""

    def due(self, now: Instant, limit: int) -> Mapping[str, Instant]:
        """Rows due by `now`, by id since when; at most `limit`, the longest due of them surely.

        Read from an index, which may lag.
        """
        ...


class Outbox(Protocol):
    """The way to the queues."""

    def send(self, messages: Iterable[Message]) -> None:
        """Send every message. Raises Unavailable when one was not taken."""
        ...
