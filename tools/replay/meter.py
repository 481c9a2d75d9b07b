"""How many are done, and how many a second."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from tools.gauge import TOLD, Gauge, clock


class Meter(Gauge):
    """Counts up to `total`."""

    def __init__(self, console: Console, title: str, total: int, unit: str) -> None:
        named = TextColumn("[bold]{task.description}")
        columns = (named, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TOLD)
        super().__init__(console, title, total, *columns)
        self._unit = unit
        self._done = 0
        self._worked = 0

    @property
    def done(self) -> int:
        """How many are done."""
        return self._done

    @property
    def rate(self) -> float:
        """How many a second, over the whole time."""
        return self._worked / max(self.seconds, 0.001)

    def advance(self, *, is_work: bool = True) -> None:
        """One more is done; one that took no work does not count for the rate."""
        self._done += 1
        self._worked += is_work
        self._moved(self._done, f"{self.rate:.1f} {self._unit}/s")

    def line(self) -> str:
        """How many, how fast, how long still."""
        parts = [f"{self._title} {self._done}/{self._total}", f"{self.rate:.1f} {self._unit}/s"]
        if self._worked and self._done < self._total:
            parts.append(f"{clock((self._total - self._done) / self.rate)} left")
        return "   " + "  ".join(parts)
