"""The machine's clock."""

import time


class SystemClock:
    """Tells the time of the machine, in whole milliseconds since the epoch."""

    def now(self) -> int:
        """The current instant, UTC."""
        return time.time_ns() // 1_000_000


def pause(milliseconds: int) -> None:
    """Wait."""
    time.sleep(milliseconds / 1_000)
