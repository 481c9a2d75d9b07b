"""How far a part of the run is, and what it counted."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, TextColumn

from tests.simulation.tally import Tally
from tests.simulation.tasks import Found
from tools.gauge import Gauge

LINE_S = 15
"""Seconds between two lines where there is no terminal."""


class Board(Gauge):
    """One part's progress. `work` is about how many calls there are to make, 0 when open-ended."""

    def __init__(self, console: Console, part: str, work: int, seconds: float | None = None):
        named = TextColumn(f"{part:<8}")
        columns = (named, BarColumn(24), TextColumn("{task.fields[told]}"))
        super().__init__(console, part, 1.0, *columns, every_s=LINE_S, transient=True)
        self._work, self._lasts = work, seconds
        self._counted, self._done, self._subject, self._broken = Tally(), 0, "", 0
        self._kept_faults, self._kept_share = 0, 0.0

    def hear(self, found: Found, note: str = "") -> None:
        """Say what came in, and the note above it."""
        self._counted.add(found.tally)
        self._done += found.work
        self._subject = found.subject
        self._broken += len(found.failures)
        if found.is_kept:
            # What was found before says nothing about how fast this run is.
            self._kept_faults, self._kept_share = self._counted.faults, self.share()
        if note:
            self._print(note)
        self._moved(self.share(), self.says())

    def line(self) -> str:
        """The part, and what there is to say of it."""
        return f"{self._title}: {self.says()}"

    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        if self._lasts is not None:
            return min(1.0, self.seconds / self._lasts)
        return min(1.0, self._done / self._work) if self._work else 0.0

    def says(self) -> str:
        """The line: where it is, what was counted, how fast, and how long it still takes."""
        passed, total, share = self.seconds, self._counted, self.share()
        told = [
            f"{self._subject:<4} {total.histories:,} histories, {total.faulted:,} faulted calls"
        ]
        if passed >= 1:
            told.append(
                f"{round((total.faults - self._kept_faults) / passed * 60):,} faults a minute"
            )
        if self._broken:
            told.append(f"{self._broken} VIOLATIONS")
        if self._kept_share < share < 1:
            told.append(f"{lasts(passed * (1 - share) / (share - self._kept_share))} left")
        else:
            told.append(lasts(passed))
        return ", ".join(told)


def lasts(seconds: float) -> str:
    """A time in words: 12 min, 40 s."""
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
