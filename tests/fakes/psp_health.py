"""The breakers in memory, conditional as the DynamoDB ones; and PSPs that do as the test says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from countinghouse.domain.breaker import Breaker, BreakerState
from countinghouse.domain.errors import Conflict, CountinghouseError


@dataclass
class FakeBreakerBook:
    """`error` is raised by every call; `interfere` runs before the next writes, one each."""

    rows: dict[str, Breaker] = field(default_factory=dict)
    error: CountinghouseError | None = None
    interfere: list[Callable[[], object]] = field(default_factory=list)
    reads: int = 0
    writes: int = 0

    def get_many(self, psps: Iterable[str]) -> dict[str, Breaker]:
        self.reads += 1
        if self.error is not None:
            raise self.error
        return {psp: self.rows[psp] for psp in psps if psp in self.rows}

    def save(self, breaker: Breaker) -> None:
        if self.interfere:
            self.interfere.pop(0)()
        if self.error is not None:
            raise self.error
        stored = self.rows.get(breaker.psp)
        if stored is not None and stored.version >= breaker.version:
            raise Conflict(f"the breaker of {breaker.psp} was changed by another")
        self.writes += 1
        self.rows[breaker.psp] = breaker


@dataclass
class FakeHealth:
    """`states` by PSP, closed where it has none; `heard` lists what was reported."""

    states: dict[str, BreakerState] = field(default_factory=dict)
    heard: list[tuple[str, str]] = field(default_factory=list)

    def state(self, psp: str) -> BreakerState:
        return self.states.get(psp, BreakerState.CLOSED)

    def admits(self, psp: str) -> bool:
        return self.state(psp) is not BreakerState.OPEN

    def answered(self, psp: str) -> None:
        self.heard.append((psp, "answered"))

    def failed(self, psp: str, error: str) -> None:
        self.heard.append((psp, error))
