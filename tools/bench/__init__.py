"""`countinghouse bench`: what a cold start of each function costs, as a ratio.

Measured is what is deployed (`.build/local`): the processor time of a fresh process that imports a
function's handler and wires its clients. The unit is what nobody can go below who uses boto3:
`import boto3; boto3.client("dynamodb")`, as pip installs it, measured in between. Ratios of medians
hold on any machine; milliseconds do not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tools.bench import assets, report
from tools.bench.measuring import measure
from tools.local.failure import LocalFailure

app = typer.Typer(add_completion=False)


@app.command()
def bench(
    rounds: Annotated[int, typer.Option(min=1, help="Fresh processes each; odd is best.")] = 5,
    only: Annotated[list[str] | None, typer.Option(help="A function; may be repeated.")] = None,
    instructions: Annotated[
        bool, typer.Option(help="Count instructions under valgrind: exact, and minutes long.")
    ] = False,
    build: Annotated[
        Path | None, typer.Option(help="Measure this build and make none.", exists=True)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Measure cold starts. Exit code 1 when a function is over budget or ships what it must not."""
    out = build or assets.built()
    names = [name for name in assets.function_names(out) if assets.is_wired(out, name)]
    unknown = set(only or ()) - set(names)
    if unknown:
        raise LocalFailure(f"no such function: {', '.join(sorted(unknown))}")
    chosen = [name for name in names if not only or name in only]
    measured = measure(out, assets.stock_boto3(out), chosen, rounds, instructions=instructions)
    rows = report.rows(measured)
    checked = assets.examine(out)
    if as_json:
        typer.echo(json.dumps(report.as_json(rows, measured, checked), indent=2))
    else:
        report.show(rows, measured, checked)
    faults = report.faults(rows, checked)
    for fault in faults:
        typer.echo(f"countinghouse: {fault}", err=True)
    raise typer.Exit(1 if faults else 0)


if __name__ == "__main__":
    app()
