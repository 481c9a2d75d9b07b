"""Plots of the pages that runs write: SVG, the same bytes from the same figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure


def draw_all(plots: Mapping[str, Callable[[Any], None]], folder: Path) -> tuple[str, ...]:
    """Draw every plot, each on axes of its own, into the folder; returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(
        {"svg.hashsalt": "countinghouse", "svg.fonttype": "none", "font.size": 9.0}
    ):
        for name, plot in plots.items():
            figure = Figure(figsize=(8.0, 4.2), layout="constrained")
            plot(figure.subplots())
            figure.savefig(folder / f"{name}.svg", format="svg", metadata={"Date": None})
    return tuple(plots)
