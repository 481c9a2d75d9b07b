"""One clock for everybody: our code, the emulator's tables and queues, botocore and the PSP."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START_MS = 1_795_338_000_000
"""2026-11-22T09:00:00Z, where every history begins."""


class VirtualClock:
    """Milliseconds that pass only when somebody says so. Stands in for the module `time` too."""

    def __init__(self) -> None:
        self.now_ms = START_MS

    def restart(self) -> None:
        self.now_ms = START_MS

    def advance(self, milliseconds: int) -> None:
        self.now_ms += milliseconds

    def advance_to(self, instant_ms: int) -> None:
        self.now_ms = max(self.now_ms, instant_ms)

    def datetime(self) -> datetime:
        return EPOCH + timedelta(milliseconds=self.now_ms)

    def time(self) -> float:
        return self.now_ms / 1_000

    def time_ns(self) -> int:
        return self.now_ms * 1_000_000


class ClientTime:
    """`time` as botocore sees it: waiting between two attempts costs a fixed, short while."""

    BACKOFF_MS = 50

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def time(self) -> float:
        return self._clock.time()

    def sleep(self, _: float) -> None:
        """The real wait is drawn at random, which would make no history repeatable."""
        self._clock.advance(self.BACKOFF_MS)


class EmulatorTime:
    """`time` as the emulator's modules see it.

    The emulator keeps a thread that sleeps between two looks at expired rows. It must never move
    our clock, and there is nothing for it to do: it sleeps for good.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def time(self) -> float:
        return self._clock.time()

    def sleep(self, _: float) -> None:
        threading.Event().wait()
