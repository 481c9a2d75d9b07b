"""``python -m tests.simulation``: play every history, and write docs/simulation.md."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

_ROOT = Path(__file__).resolve().parents[2]
for _part in ("layers/core/python", "layers/adapters/python"):
    if str(_ROOT / _part) not in sys.path:
        sys.path.insert(0, str(_ROOT / _part))

from rich.console import Console  # noqa: E402 - after the layers are on the path

from tests.simulation.flows import FLOWS  # noqa: E402
from tests.simulation.report import TARGET  # noqa: E402
from tests.simulation.results import PARTS  # noqa: E402
from tests.simulation.runner import MARKETS, Wanted, run  # noqa: E402


def main(
    only: Annotated[
        list[str] | None, typer.Option(help=f"A part: {', '.join(PARTS)}; again for more.")
    ] = None,
    flow: Annotated[
        list[str] | None, typer.Option(help="A flow; again for more. Leaves the page alone.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Play random histories for so long.")
    ] = None,
    calls: Annotated[
        int, typer.Option(help="Play them until so many faulted calls are checked in all.")
    ] = TARGET,
    markets: Annotated[int, typer.Option(min=1, help="How many random markets.")] = MARKETS,
    seed: Annotated[int, typer.Option(min=1, help="The first seed of what is drawn.")] = 1,
    jobs: Annotated[int, typer.Option(envvar="JOBS", min=1, help="Worker processes.")] = 2,
    quick: Annotated[
        bool, typer.Option("--quick", help="A little of everything; leaves the page alone.")
    ] = False,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Play again what a run before has kept.")
    ] = False,
) -> None:
    """Fail every call of every flow in every way, then pairs, then random plans; then plant bugs.

    A part run alone leaves what the page says of the others. A run that was cut, by Ctrl-C too,
    goes on where it was when the code is the same, and one of all flows does not play again those
    that were played alone. The exit code is 1 when an invariant was violated or a bug not caught.
    """
    if unknown := {*(only or ())} - {*PARTS} | {*(flow or ())} - {*FLOWS}:
        raise typer.BadParameter(f"there is no {', '.join(sorted(unknown))}")
    wanted = Wanted(
        only=tuple(only or PARTS),
        flows=tuple(flow or ()),
        minutes=minutes,
        calls=calls,
        markets=markets,
        seed=seed,
        workers=jobs,
        quick=quick,
        afresh=afresh,
    )
    console = Console(width=None if sys.stdout.isatty() else 200)
    raise typer.Exit(not run(wanted, console))


if __name__ == "__main__":
    typer.run(main)
