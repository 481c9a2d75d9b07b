"""A PSP's circuit breaker: what keeps us from calling a PSP that does not answer.

    CLOSED    every call goes through; each process counts its own answers over a short window
    OPEN      no call goes through until the cool-off is over
    HALF_OPEN one call tries whether the PSP is back: it closes the circuit, or opens it again

A PSP that declines is well, and so is one whose answer proves nothing: only silence (a time-out, an
error of the PSP's own) and a call that never got through are failures. The row is shared by all
processes and changes only with the state, so that a healthy PSP costs no write.
"""

from __future__ import annotations

from collections import deque
from dataclasses import field, replace
from enum import StrEnum

from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import SECOND, Instant
from countinghouse.records import dataclass

PERCENT = 100


class BreakerState(StrEnum):
    """What a PSP's breaker lets through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


B = BreakerState


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a breaker opens, and when it tries again. Durations in milliseconds.

    It opens when, within `window`, `failures` calls of one process failed and they are at least
    `share_percent` of its calls: a few time-outs among many answers are no outage. `probe_lease` is
    how long the one trial call may take before another process may try.
    """

    failures: int = 5
    share_percent: int = 50
    window: int = 10 * SECOND
    cool_off: int = 30 * SECOND
    probe_lease: int = 30 * SECOND

    def __post_init__(self) -> None:
        if self.failures < 1:
            raise Invalid("a breaker opens after at least 1 failure", field="failures")
        if not 1 <= self.share_percent <= PERCENT:
            raise Invalid("a share goes from 1 to 100 per cent", field="share_percent")
        if min(self.window, self.cool_off, self.probe_lease) < 1:
            raise Invalid("a breaker's durations are above zero", field="window_s")


@dataclass(frozen=True, slots=True)
class Breaker:
    """One PSP's breaker, as all processes share it; `version` 0 is not stored yet.

    `since` is when the state began, `until` when an open one may be tried, or when the trial under
    way counts as lost. `last_error` is the kind of the failure that opened it last.
    """

    psp: str
    state: BreakerState = B.CLOSED
    since: Instant = 0
    until: Instant = 0
    last_error: str | None = None
    version: int = 0

    def seen_at(self, now: Instant) -> BreakerState:
        """What it lets through at `now`; HALF_OPEN: one call, if this process gets it.

        While another process's trial is under way it is as good as OPEN.
        """
        if self.state is B.CLOSED:
            return B.CLOSED
        return B.HALF_OPEN if now >= self.until else B.OPEN

    def opened(self, now: Instant, error: str, policy: BreakerPolicy) -> Breaker:
        """Open, from any state, until the cool-off is over."""
        since = self.since if self.state is not B.CLOSED else now
        return replace(
            self,
            state=B.OPEN,
            since=since,
            until=now + policy.cool_off,
            last_error=error,
            version=self.version + 1,
        )

    def probed(self, now: Instant, policy: BreakerPolicy) -> Breaker:
        """With a trial call under way."""
        until = now + policy.probe_lease
        return replace(self, state=B.HALF_OPEN, until=until, version=self.version + 1)

    def closed(self, now: Instant) -> Breaker:
        """Closed again; the last error stays to be seen."""
        return replace(self, state=B.CLOSED, since=now, until=0, version=self.version + 1)


@dataclass(slots=True)
class Tally:
    """One process's answers from one PSP within the window, the oldest first."""

    policy: BreakerPolicy
    answers: deque[tuple[Instant, bool]] = field(default_factory=deque)

    def add(self, now: Instant, *, failed: bool) -> bool:
        """Count an answer; whether the breaker shall open by it."""
        self.answers.append((now, failed))
        while self.answers[0][0] <= now - self.policy.window:
            self.answers.popleft()
        failures = sum(fault for _, fault in self.answers)
        enough = failures >= self.policy.failures
        share = failures * PERCENT >= len(self.answers) * self.policy.share_percent
        return failed and enough and share

    def clear(self) -> None:
        """Forget everything: the state has changed."""
        self.answers.clear()
