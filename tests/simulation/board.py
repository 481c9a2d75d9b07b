"""Says how far the run is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from tests.simulation.tally import Tally
from tests.simulation.tasks import Found

LINE_S = 15
"""Seconds between two lines where there is no terminal."""


class Board(AbstractContextManager["Board"]):
    """One part's progress. `work` is about how many calls there are to make, 0 when open-ended."""

    def __init__(self, console: Console, part: str, work: int, seconds: float | None = None):
        self._console, self._part, self._work, self._seconds = console, part, work, seconds
        self._began = self._told = time.monotonic()
        self._total, self._done, self._subject, self._broken = Tally(), 0, "", 0
        self._bar: Progress | None = None
        self._row: TaskID | None = None

    def __enter__(self) -> Board:
        if self._console.is_terminal:
            columns = (
                TextColumn(f"{self._part:<8}"),
                BarColumn(24),
                TextColumn("{task.fields[says]}"),
            )
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._row = self._bar.add_task(self._part, total=1.0, says="")
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        self._console.print(f"{self._part}: {self.says()}", highlight=False, soft_wrap=True)

    def hear(self, found: Found, note: str = "") -> None:
        """Say what came in, and the note above it."""
        self._total.add(found.tally)
        self._done += found.work
        self._subject = found.subject
        self._broken += len(found.failures)
        if note:
            self._console.print(note, highlight=False, soft_wrap=True, markup=False)
        now = time.monotonic()
        if self._bar is not None and self._row is not None:
            self._bar.update(self._row, completed=self.share(), says=self.says())
        elif now - self._told >= LINE_S:
            self._told = now
            self._console.print(f"{self._part}: {self.says()}", highlight=False, soft_wrap=True)

    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        if self._seconds is not None:
            return min(1.0, (time.monotonic() - self._began) / self._seconds)
        return min(1.0, self._done / self._work) if self._work else 0.0

    def says(self) -> str:
        """The line: where it is, what was counted, how fast, and how long it still takes."""
        passed = time.monotonic() - self._began
        total, share = self._total, self.share()
        told = [
            f"{self._subject:<4} {total.histories:,} histories, {total.faulted:,} faulted calls"
        ]
        if passed >= 1:
            told.append(f"{round(total.faults / passed * 60):,} faults a minute")
        if self._broken:
            told.append(f"{self._broken} VIOLATIONS")
        if 0 < share < 1:
            told.append(f"{lasts(passed / share - passed)} left")
        else:
            told.append(lasts(passed))
        return ", ".join(told)


def lasts(seconds: float) -> str:
    """A time in words: 12 min, 40 s."""
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
