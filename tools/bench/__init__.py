"""`countinghouse bench`: what each function's cold start and warm paths cost, as ratios.

Measured is what is deployed (`.build/local`), beside what nobody can go below who uses boto3: a
bare client for a cold start, the same calls for a warm path. docs/bench.md, which a whole run
writes, tells how.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tools.bench import assets
from tools.local.failure import LocalFailure
from tools.local.places import ROOT
from tools.source_path import make_importable

app = typer.Typer(add_completion=False)
KEPT = ROOT / "docs" / "proofs" / "bench.json"
PAGE = ROOT / "docs" / "bench.md"


@app.command()
def bench(
    rounds: Annotated[int, typer.Option(min=1, help="Fresh processes each; odd is best.")] = 3,
    only: Annotated[list[str] | None, typer.Option(help="A function; may be repeated.")] = None,
    timed: Annotated[
        bool, typer.Option("--timed", help="Count no instructions, which takes minutes.")
    ] = False,
    lower: Annotated[bool, typer.Option("--lower", help="Make this run the budget.")] = False,
    build: Annotated[
        Path | None, typer.Option(help="Measure this build and make none.", exists=True)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Measure, and write docs/bench.md. Exit code 1 when something is over its budget."""
    make_importable()
    from tools.bench import budget, page, report
    from tools.bench.running import run
    from tools.bench.warm import can_count
    from tools.proof.runner import commit

    out = build or assets.built()
    if not timed and not can_count():
        typer.echo("no valgrind or no cc: instructions are not counted, nothing is compared")
        timed = True
    found = run(out, only or (), rounds, instructions=not timed)
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2))
    else:
        report.show(found)
    if not (only or timed):
        ran = {"day": datetime.now(UTC).date().isoformat(), "commit": commit()}
        if lower:
            budget.write(found)
        kept = {"ran": ran, **found.as_json()}
        KEPT.write_text(json.dumps(kept, separators=(",", ":")) + "\n", encoding="utf-8")
        PAGE.write_text(page.page(found, f"{ran['day']} at `{ran['commit']}`"), encoding="utf-8")
    elif lower:
        raise LocalFailure("a budget is made of a whole run")
    faults = budget.faults(found, budget.read())
    for fault in faults:
        typer.echo(f"countinghouse: {fault}", err=True)
    raise typer.Exit(1 if faults else 0)


if __name__ == "__main__":
    app()
