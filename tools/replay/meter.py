"""How far something is: a moving bar on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

_LINE_EVERY_S = 5.0


class Meter:
    """Counts up to `total`."""

    def __init__(self, console: Console, title: str, total: int, unit: str) -> None:
        self._console = console
        self._title = title
        self._total = total
        self._unit = unit
        self._done = 0
        self._worked = 0
        self._began = time.monotonic()
        self._printed_at = self._began
        self._bar = _bar(console) if console.is_terminal else None
        self._task = self._bar.add_task(title, total=total, told="") if self._bar else None

    def __enter__(self) -> Meter:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        else:
            self._print()

    @property
    def rate(self) -> float:
        """How many a second, over the whole time."""
        return self._worked / max(time.monotonic() - self._began, 0.001)

    def advance(self, *, is_work: bool = True) -> None:
        """One more is done; one that took no work does not count for the rate."""
        self._done += 1
        self._worked += is_work
        if self._bar is not None and self._task is not None:
            text = f"{self.rate:.1f} {self._unit}/s"
            self._bar.update(self._task, completed=self._done, told=text)
        elif time.monotonic() - self._printed_at >= _LINE_EVERY_S:
            self._print()

    def _print(self) -> None:
        self._printed_at = time.monotonic()
        parts = [f"{self._title} {self._done}/{self._total}", f"{self.rate:.1f} {self._unit}/s"]
        if self._worked and self._done < self._total:
            parts.append(f"{clock((self._total - self._done) / self.rate)} left")
        self._console.print("   " + "  ".join(parts), highlight=False, markup=False)


def clock(seconds: float) -> str:
    """`1:05` for 65 seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[told]}"),
        console=console,
    )
