"""`countinghouse bench-reconciliation`: a day's match, beside the bare join of the same files.

A day of orders is written as the lake has it: postings as Parquet, the PSP's lines as gzipped text,
a few of them wrong on purpose. A child process of two threads and two gibibytes then joins them
barely (nothing but a full outer join on our reference) and runs the queries of
`countinghouse_aws/lakehouse` over the same files, turn about. The match counts with its judgement:
every difference is read and given its code. Ratios hold on any machine, seconds do not.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from tools.local.failure import LocalFailure
from tools.source_path import make_importable

make_importable()

app = typer.Typer(add_completion=False)


@app.command()
def bench(
    orders: Annotated[int, typer.Option(min=1_000, help="Orders of the day.")] = 1_000_000,
    wrong_per_mille: Annotated[int, typer.Option(min=0, max=100, help="Of them wrong.")] = 1,
    seed: Annotated[int, typer.Option(help="Other orders under another seed.")] = 1,
    rounds: Annotated[int, typer.Option(min=1, help="Turns; medians are told.")] = 3,
    folder: Annotated[Path | None, typer.Option(help="Keep the files here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Measure the match. Exit code 1 when it misses a planted fault, or one of its bounds."""
    from tools.recon_bench import report
    from tools.recon_bench.day import Plan, write_day
    from tools.recon_bench.measuring import measure

    with ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if folder and folder.exists() and any(folder.iterdir()):
            raise LocalFailure(f"{folder} is not empty")
        planted = write_day(Plan(orders, wrong_per_mille, seed), place)
        result = report.Result(orders, planted, measure(place, rounds), report.costs(place))
    if as_json:
        typer.echo(json.dumps(report.as_json(result), indent=2))
    else:
        report.show(result)
    faults = report.faults(result)
    for fault in faults:
        typer.echo(f"countinghouse: {fault}", err=True)
    raise typer.Exit(1 if faults else 0)


if __name__ == "__main__":
    app()
