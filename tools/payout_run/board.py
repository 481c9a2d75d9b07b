"""How far the payouts are: a moving bar on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from tools.replay.meter import clock

_LINE_EVERY_S = 5.0
# In the order in which a payout goes through them; what is called otherwise comes after.
_SHOWN = {
    "draft": "opened",
    "reserved": "reserved",
    "submitted": "submitted",
    "unknown": "unknown",
    "in_transit": "in transit",
    "paid": "paid",
    "failed": "failed",
}


class Board:
    """Shows a count on its way to `total`, with the statuses behind it; a context manager."""

    def __init__(self, console: Console, title: str, total: int) -> None:
        self._console = console
        self._title = title
        self._total = total
        self._first: int | None = None
        self._text = ""
        self._done = 0
        self._began = time.monotonic()
        self._printed_at = self._began
        self._bar = _bar(console) if console.is_terminal else None
        self._task = self._bar.add_task(title, total=total, told="") if self._bar else None

    def __enter__(self) -> Board:
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
    def seconds(self) -> float:
        """Since it was put up."""
        return time.monotonic() - self._began

    def show(self, done: int, statuses: Counter[str]) -> None:
        """This many are there, and so stand all of them."""
        if self._first is None:
            # What was done before anybody looked is no measure of the pace.
            self._first = done
        self._done = done
        self._text = "  ".join((*described(statuses), *self._pace(done - self._first)))
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, told=self._text)
        elif time.monotonic() - self._printed_at >= _LINE_EVERY_S:
            self._print()

    def _pace(self, worked: int) -> list[str]:
        rate = worked / max(self.seconds, 0.001)
        left = self._total - self._done
        parts = [f"{rate:.1f}/s"]
        if worked and left > 0:
            parts.append(f"{clock(left / rate)} left")
        return parts

    def _print(self) -> None:
        self._printed_at = time.monotonic()
        text = f"   {self._title} {self._done}/{self._total}  {self._text}"
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


def described(statuses: Counter[str]) -> list[str]:
    """`12 reserved`, in the order of a payout's life."""
    known = [f"{statuses[name]} {shown}" for name, shown in _SHOWN.items() if statuses[name]]
    others = sorted(name for name in statuses if name not in _SHOWN)
    return known + [f"{statuses[name]} {name}" for name in others]


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[told]}"),
        console=console,
    )
