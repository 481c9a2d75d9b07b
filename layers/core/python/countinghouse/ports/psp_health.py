"""How the PSPs do: every PSP's breaker, and where all processes share them."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from countinghouse.domain.breaker import Breaker, BreakerState


class BreakerBook(Protocol):
    """The breakers, a row a PSP, each write conditional."""

    def get_many(self, psps: Iterable[str]) -> Mapping[str, Breaker]:
        """Those of the breakers that are stored; one that never opened is not."""
        ...

    def save(self, breaker: Breaker) -> None:
        """Store the next version of a breaker. Raises Conflict when another was first."""
        ...


class PspHealth(Protocol):
    """What this process knows of the PSPs, and tells the others. Nothing here raises."""

    def state(self, psp: str) -> BreakerState:
        """The PSP's breaker as it is now."""
        ...

    def admits(self, psp: str) -> bool:
        """Whether a call may go out now; of a HALF_OPEN breaker's callers one hears True."""
        ...

    def answered(self, psp: str) -> None:
        """The PSP gave a clean answer, be it a refusal."""
        ...

    def failed(self, psp: str, error: str) -> None:
        """A call to the PSP failed; `error` says what kind of failure it was."""
        ...
