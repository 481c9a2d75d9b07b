"""The page's plots: SVG, the same bytes from the same run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tools.load.flatness import MIB
from tools.load.heard import Json
from tools.proof.plots import draw_all

_FUNCTIONS_SHOWN = 6


def draw(found: Json, folder: Path) -> None:
    """Draw every plot of a run into the folder."""
    plots: dict[str, Callable[[Json, Any], None]] = {"rates": _rates, "latency": _latency}
    if found["memory"]["series"]:
        plots["memory"] = _memory
    draw_all({name: partial(plot, found) for name, plot in plots.items()}, folder)


def _rates(found: Json, axes: Any) -> None:
    rounds = found["rounds"]
    bars = {
        "the system": [one["checkouts"] / one["whole_s"] for one in rounds],
        "the same calls bare": [one["checkouts"] / one["bare_s"] for one in rounds],
        "bare, in the emulator's turns": [one["checkouts"] / one["turns_s"] for one in rounds],
        "bare, without invocations": [one["checkouts"] / one["data_s"] for one in rounds],
    }
    width = 0.8 / len(bars)
    for place, (name, rates) in enumerate(bars.items()):
        axes.bar([at + place * width for at in range(len(rates))], rates, width, label=name)
    axes.set_xticks(
        [at + width for at in range(len(rounds))], [f"{n + 1}" for n in range(len(rounds))]
    )
    axes.set_xlabel("round")
    axes.set_ylabel("checkouts a second")
    axes.legend()


def _latency(found: Json, axes: Any) -> None:
    for name, one in found["latency"].items():
        shares = [place / (len(one["curve"]) - 1) * 100 for place in range(len(one["curve"]))]
        axes.plot(one["curve"], shares, label=name)
    axes.set_xscale("log")
    axes.set_xlabel("seconds")
    axes.set_ylabel("of all, %")
    axes.legend()


def _memory(found: Json, axes: Any) -> None:
    series = found["memory"]["series"]
    largest = sorted(series, key=lambda name: -max(size for _, size in series[name]))
    for name in largest[: _FUNCTIONS_SHOWN + 1]:
        done = [at for at, _ in series[name]]
        axes.plot(done, [size / MIB for _, size in series[name]], label=name)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("checkouts done")
    axes.set_ylabel("resident, MiB")
    axes.legend()
