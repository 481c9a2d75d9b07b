"""How far the payouts are, and in which statuses."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

from tools.gauge import TOLD, Gauge, clock

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


class Board(Gauge):
    """Shows a count on its way to `total`, with the statuses behind it."""

    def __init__(self, console: Console, title: str, total: int) -> None:
        named = TextColumn("[bold]{task.description}")
        super().__init__(
            console, title, total, named, BarColumn(bar_width=24), MofNCompleteColumn(), TOLD
        )
        self._first: int | None = None
        self._text = ""
        self._done = 0

    def show(self, done: int, statuses: Counter[str]) -> None:
        """This many are there, and so stand all of them."""
        if self._first is None:
            # What was done before anybody looked is no measure of the pace.
            self._first = done
        self._done = done
        self._text = "  ".join((*described(statuses), *self._pace(done - self._first)))
        self._moved(done, self._text)

    def line(self) -> str:
        """How many, and how all of them stand."""
        return f"   {self._title} {self._done}/{self._total}  {self._text}"

    def _pace(self, worked: int) -> list[str]:
        rate = worked / max(self.seconds, 0.001)
        left = self._total - self._done
        parts = [f"{rate:.1f}/s"]
        if worked and left > 0:
            parts.append(f"{clock(left / rate)} left")
        return parts


def described(statuses: Counter[str]) -> list[str]:
    """`12 reserved`, in the order of a payout's life."""
    known = [f"{statuses[name]} {shown}" for name, shown in _SHOWN.items() if statuses[name]]
    others = sorted(name for name in statuses if name not in _SHOWN)
    return known + [f"{statuses[name]} {name}" for name in others]
