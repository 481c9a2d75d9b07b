"""The page's plots: SVG, the same bytes from the same run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tools.capacity.conflicts import Contest, contend
from tools.capacity.page import Book
from tools.capacity.sizing import GOAL
from tools.proof.plots import draw_all

_SHOWN = 18


def draw(book: Book, folder: Path) -> tuple[str, ...]:
    """Draw every plot into the folder; returns their names."""
    plots: dict[str, Callable[[Book, Any], None]] = {
        "breaks": _breaks,
        "backlog": _backlog,
        "heat": _heat,
        "conflicts": _conflicts,
    }
    return draw_all({name: partial(plot, book) for name, plot in plots.items()}, folder)


def _breaks(book: Book, axes: Any) -> None:
    first = list(reversed(book.breaks[:_SHOWN]))
    colours = ["tab:blue" if one.owner == "ours" else "tab:orange" for one in first]
    axes.barh([one.name for one in first], [one.load for one in first], color=colours)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlabel("reached at so many times 100 million a day (blue: ours, orange: AWS's)")


def _backlog(book: Book, axes: Any) -> None:
    for run in book.runs:
        if run.traffic == "flash sale" and run.load in (1.0, 10.0):
            series = run.stations["Orders"].series
            label = f"{run.load:g}x, {run.design.name}"
            axes.plot([t for t, _, _ in series], [age for _, _, age in series], label=label)
    axes.set_xlabel("seconds")
    axes.set_ylabel("age of the oldest order, s")
    axes.set_title("A flash sale: orders that wait for the PSP")
    axes.legend()


def _heat(book: Book, axes: Any) -> None:
    peaks = [run for run in book.runs if run.traffic == "peak hour" and run.load == 10.0]
    names, width = list(peaks[0].heats), 0.8 / len(peaks)
    for place, run in enumerate(peaks):
        at = [number + place * width for number in range(len(names))]
        axes.bar(at, [run.heats[name].settled for name in names], width, label=run.design.name)
    axes.axhline(GOAL, color="black", linewidth=0.8)
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    axes.set_yscale("log")
    axes.set_ylabel("hottest partition, of its limit")
    axes.set_title("10x, busiest hour, after splits")
    axes.legend()


def _conflicts(book: Book, axes: Any) -> None:
    raw = book.given.raw["conflict"]
    contest = Contest(raw["lock_ms"] / 1_000, raw["base_ms"] / 1_000, int(raw["tries"]))
    rates = [5, 10, 25, 50, 75, 100, 150, 200, 400, 800, 1_157]
    for items in (1, 16, 64):
        done = [contend(rate, contest, 4_000, book.seed, items).done_share for rate in rates]
        axes.plot(rates, done, marker="o", label=f"{items} row{'s' if items > 1 else ''}")
    axes.set_xlabel("transactions a second")
    axes.set_ylabel("share that gets through in 8 tries")
    axes.legend()
