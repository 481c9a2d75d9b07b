"""`make capacity`: run the model and write docs/capacity.md with its plots."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from tools.capacity.breaks import breaks
from tools.capacity.design import Design, deployed
from tools.capacity.jobs import jobs
from tools.capacity.measuring import KEPT, measure
from tools.capacity.outcome import outcome
from tools.capacity.page import Book, page
from tools.capacity.parameters import Parameters, parameters
from tools.capacity.plots import draw
from tools.capacity.races import races
from tools.capacity.sizing import split
from tools.capacity.steps import traffics
from tools.capacity.validation import told
from tools.local.places import ROOT

PAGE = ROOT / "docs" / "capacity.md"
PLOTS = ROOT / "docs" / "capacity"
LOADS = (1.0, 5.0, 10.0)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def capacity(
    seed: Annotated[int, typer.Option(help="Another seed draws other arrivals.")] = 1,
    measured: Annotated[
        Path | None,
        typer.Option("--measure", help="Measure the running system with these checkouts first."),
    ] = None,
) -> None:
    """Run the model for 1x, 5x and 10x, as deployed and at that scale, and write the page."""
    if measured is not None:
        KEPT.write_text(json.dumps(measure(measured), indent=1) + "\n", encoding="utf-8")
    given = parameters()
    book = _book(given, seed)
    book = replace(book, plots=draw(book, PLOTS))
    PAGE.write_text(page(book), encoding="utf-8")
    first = book.breaks[0]
    typer.echo(f"First: {first.name} at {first.load:.2f}x ({first.how}). See {PAGE.name}.")
    if not book.plots:
        typer.echo("No plots: matplotlib is not installed.")


def _of_scale(given: Parameters, load: float) -> Design:
    """What `-c scale` deploys for that load, its largest seller named in the market's rules."""
    return split(deployed(f"{load:g}"), given, load)


def _book(given: Parameters, seed: int) -> Book:
    base = deployed()
    runs = [
        outcome(given, design, load, traffic, seed)
        for load in LOADS
        for design in (base, *([] if load == 1.0 else [_of_scale(given, load)]))
        for traffic in traffics(given, load)
    ]
    kept: dict[str, Any] | None = None
    if KEPT.exists():
        kept = json.loads(KEPT.read_text(encoding="utf-8"))
    return Book(
        given=given,
        seed=seed,
        breaks=breaks(given, base, seed),
        runs=runs,
        races=races(given, seed),
        jobs=jobs(given),
        validation=told(kept, seed) if kept else "",
    )


if __name__ == "__main__":
    app()
