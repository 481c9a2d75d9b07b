"""The client's part in a history: API calls repeated until they are answered, and waiting."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Ask:
    """A client's API call, repeated with the same body until it gets an answer it expects.

    `stored` says, right after a 2xx, whether what was acknowledged is on disk (I13). `accepts` are
    the refusals that are an answer too: a cancellation may come too late.
    """

    function: str
    event: dict[str, Any]
    stored: Callable[[], bool]
    accepts: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Until:
    """The client waits for something to be so."""

    reached: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Pass:
    """The client does nothing until this moment, epoch milliseconds."""

    until_ms: int


Directive = Ask | Until | Pass
Script = Generator[Directive, dict[str, Any], None]


@dataclass(slots=True)
class Client:
    """Plays a flow's script, one directive at a time."""

    script: Script
    directive: Directive | None = None
    retry_at: int = 0
    tries: int = 0

    def go_on(self, answer: dict[str, Any] | None = None) -> None:
        """Take the next directive; None when the script is over."""
        self.tries = self.retry_at = 0
        try:
            self.directive = next(self.script) if answer is None else self.script.send(answer)
        except StopIteration:
            self.directive = None
