"""How far something is: a moving bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, ProgressColumn, TextColumn

TOLD = TextColumn("[dim]{task.fields[told]}")
"""The column of what is said beside the bar."""


class Gauge(ABC):
    """A context manager that shows a count on its way to `total`; its kinds say what they show.

    A line comes every `every_s` seconds and at the end. A transient bar is gone at the end, and the
    last line stands in its place.
    """

    def __init__(
        self,
        console: Console,
        title: str,
        total: float,
        *columns: ProgressColumn,
        every_s: float = 5.0,
        transient: bool = False,
    ) -> None:
        self._console, self._title, self._total = console, title, total
        self._every_s, self._transient = every_s, transient
        self._began = self._printed_at = time.monotonic()
        self._bar: Progress | None = None
        if console.is_terminal:
            self._bar = Progress(*columns, console=console, transient=transient)
            self._task = self._bar.add_task(title, total=total, told="")

    def __enter__(self) -> Self:
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
        if self._bar is None or self._transient:
            self._print(self.line())

    @abstractmethod
    def line(self) -> str:
        """All there is to say, in a line of its own."""

    @property
    def seconds(self) -> float:
        """Since it was put up."""
        return time.monotonic() - self._began

    def _moved(self, done: float, told: str) -> None:
        """So much of the total is done; `told` stands beside the bar."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, told=told)
        elif time.monotonic() - self._printed_at >= self._every_s:
            self._printed_at = time.monotonic()
            self._print(self.line())

    def _print(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


def clock(seconds: float) -> str:
    """`1:05` for 65 seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
