"""The PSPs' breakers as one process knows them: counted here, shared through a book.

A call costs no read while the shared state is a few seconds old at most, and no write unless the
state changes. When the book cannot be read or written, what was known last holds, and a process
that knows nothing lets calls through: a breaker must not become the outage it guards against.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from threading import Lock

from countinghouse.domain.breaker import Breaker, BreakerPolicy, BreakerState, Tally
from countinghouse.domain.errors import Conflict, Unavailable
from countinghouse.domain.instants import SECOND, Instant
from countinghouse.ports.clock import Clock
from countinghouse.ports.psp_health import BreakerBook
from countinghouse.records import dataclass
from countinghouse_aws.observability import count, logger

READ_EVERY = 3 * SECOND
"""How old the shared state may be here."""

OPENED = "PspCircuitOpen"
"""The metric that an alarm watches."""

_NEVER: Instant = -READ_EVERY


@dataclass(slots=True)
class Breakers:
    """The health of these PSPs. Any thread may call any method."""

    psps: Iterable[str]
    book: BreakerBook
    clock: Clock
    policy: BreakerPolicy
    _known: dict[str, Breaker] = field(default_factory=dict)
    _tallies: dict[str, Tally] = field(default_factory=dict)
    _read_at: Instant = _NEVER
    _lock: Lock = field(default_factory=Lock)

    def state(self, psp: str) -> BreakerState:
        """The PSP's breaker as it is now."""
        now = self.clock.now()
        return self._breaker(psp, now).seen_at(now)

    def admits(self, psp: str) -> bool:
        """Whether a call may go out now; of a HALF_OPEN breaker's callers one hears True."""
        now = self.clock.now()
        breaker = self._breaker(psp, now)
        match breaker.seen_at(now):
            case BreakerState.CLOSED:
                return True
            case BreakerState.HALF_OPEN:
                return self._change(breaker.probed(now, self.policy))
            case _:
                return False

    def answered(self, psp: str) -> None:
        """The PSP gave a clean answer: a trial's closes the breaker.

        One that comes while it is open was asked for before, and says nothing of now.
        """
        now = self.clock.now()
        breaker = self._breaker(psp, now)
        if breaker.state is BreakerState.CLOSED:
            self._counted(psp, now, failed=False)
        elif breaker.state is BreakerState.HALF_OPEN and self._change(breaker.closed(now)):
            logger().info("psp circuit closed", extra={"psp": psp})

    def failed(self, psp: str, error: str) -> None:
        """A call to the PSP failed: one too many opens the breaker, a trial's opens it again."""
        now = self.clock.now()
        breaker = self._breaker(psp, now)
        if breaker.state is BreakerState.OPEN:
            return
        trial = breaker.state is BreakerState.HALF_OPEN
        opens = trial or self._counted(psp, now, failed=True)
        if opens and self._change(breaker.opened(now, error, self.policy)):
            count(OPENED)
            count(f"{OPENED}_{psp}")
            logger().warning("psp circuit open", extra={"psp": psp, "error": error})

    def _counted(self, psp: str, now: Instant, *, failed: bool) -> bool:
        with self._lock:
            tally = self._tallies.setdefault(psp, Tally(self.policy))
            return tally.add(now, failed=failed)

    def _breaker(self, psp: str, now: Instant) -> Breaker:
        with self._lock:
            stale = now - self._read_at >= READ_EVERY
            if stale:
                # Before the read: the other threads go on with what is known meanwhile.
                self._read_at = now
        if stale:
            self._read()
        with self._lock:
            return self._known.get(psp) or Breaker(psp)

    def _read(self) -> None:
        try:
            found = self.book.get_many(self.psps)
        except (Conflict, Unavailable):
            return
        with self._lock:
            for psp, breaker in found.items():
                known = self._known.get(psp)
                if known is None or breaker.version > known.version:
                    self._learn(breaker)

    def _change(self, breaker: Breaker) -> bool:
        """Tell everybody; False when somebody else was first, whose word then counts."""
        try:
            self.book.save(breaker)
        except Conflict:
            self._read()
            return False
        except Unavailable:
            # Nobody can be told. This process keeps to it, and the next change tells.
            pass
        with self._lock:
            self._learn(breaker)
        return True

    def _learn(self, breaker: Breaker) -> None:
        self._known[breaker.psp] = breaker
        self._tallies.pop(breaker.psp, None)
