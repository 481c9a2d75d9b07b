"""``make load``: start the system, play the rounds and the soak, write docs/load.md."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tools.demo.evidence import whole_book
from tools.load import page, plots, resting
from tools.load.heard import Json
from tools.load.made import made
from tools.load.memory import CLIENT, PSP, Watched
from tools.load.round import AT_ONCE, WARM, Cpu, Stage, run
from tools.load.soak import NONE, soak
from tools.load.whole import Flight, TimedClient, lines_of, named, renamed
from tools.local import engine, sandbox, system
from tools.local.failure import LocalFailure
from tools.local.places import LOCAL, ROOT
from tools.local.processes import running
from tools.local.progress import Progress
from tools.proof.runner import commit
from tools.replay.lines import Line

KEPT = ROOT / "docs" / "proofs" / "load.json"
PAGE = ROOT / "docs" / "load.md"
PLOTS = ROOT / "docs" / "load"
EAR = LOCAL / "heard.jsonl"
_WIDTH = 120
_CURVE = 101


def main(
    checkouts: Annotated[int, typer.Option(min=WARM, help="Of a round.")] = 1_000,
    rounds: Annotated[int, typer.Option(min=1, help="Medians are told.")] = 3,
    minutes: Annotated[float, typer.Option("--soak", min=0, help="Minutes; 0: no soak.")] = 5,
    data: Annotated[
        Path | None, typer.Option(help="One checkout a line; made up ones without it.")
    ] = None,
    calls: Annotated[int, typer.Option(min=1, max=16, help="Of clients, in flight.")] = 4,
    under_way: Annotated[int, typer.Option(min=1, max=200, help="Checkouts.")] = 64,
) -> None:
    """Play real checkouts, and the same calls bare. Exit code 1 when a claim does not hold."""
    console = Console()
    console = console if console.is_terminal else Console(width=_WIDTH)
    lines = (lines_of(data) if data else made(checkouts))[:checkouts]
    if len(lines) < checkouts:
        raise LocalFailure(f"{data} has {len(lines)} checkouts: --checkouts {len(lines)}")
    with _heard(console) as stage:
        stage.flight = Flight(calls, under_way)
        found = _played(stage, lines, rounds, minutes) | {
            "ran": {
                "day": datetime.now(UTC).date().isoformat(),
                "commit": commit(),
                "cores": os.cpu_count(),
            },
            "data": data.name if data else "",
            "flight": asdict(stage.flight),
            "at_once": AT_ONCE,
            "warm": WARM,
        }
    KEPT.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")
    PAGE.write_text(page.page(found), encoding="utf-8")
    plots.draw(found, PLOTS)
    wrong = list(page.faults(found))
    for one in wrong:
        console.print(f"countinghouse: {one}", style="red", markup=False, highlight=False)
    verdict = "holds" if page.ratio(found) <= page.RATIO_MAX else "misses"
    console.print(f"{page.ratio(found):.2f} times as long as bare: {verdict}. See docs/load.md.")
    raise typer.Exit(bool(wrong))


@contextmanager
def _heard(console: Console) -> Iterator[Stage]:
    """A system of our own whose emulator is heard. Raises LocalFailure when one runs already."""
    if running(engine.NAME):
        raise LocalFailure("a system runs here already, and nobody hears it: make down first")
    EAR.parent.mkdir(exist_ok=True)
    EAR.unlink(missing_ok=True)
    os.environ[engine.HEARD] = str(EAR)
    try:
        with system.running_system(Progress(console)) as found:
            emulator, psp = running(engine.NAME), running(sandbox.NAME)
            if emulator is None or psp is None:
                raise LocalFailure("the system ended again")
            watched = Watched(emulator.pid, {PSP: psp.pid, CLIENT: os.getpid()})
            yield Stage(console, TimedClient(found), EAR, Flight(1, 1), watched)
    finally:
        EAR.unlink(missing_ok=True)


def _played(stage: Stage, lines: list[Line], rounds: int, minutes: float) -> Json:
    cpu, told = Cpu(), []
    for number in range(1, rounds + 1):
        # The first round has the file's own ids.
        own = lines if number == 1 else [renamed(line, f"r{number}") for line in lines]
        told.append(run(stage, number, own, cpu))
    of_rounds = list(stage.played)
    whole_s, bare_s = (sum(one[side] for one in told) for side in ("whole_s", "bare_s"))
    memory = soak(stage, lines, minutes, len(lines) * rounds / whole_s) if minutes else NONE
    stations = asdict(resting.stations(stage.client, of_rounds))
    return {
        "checkouts": len(lines) * rounds,
        "rounds": told,
        "cpu": asdict(cpu) | {"whole_s": whole_s, "bare_s": bare_s},
        "streams_share": sum(one["streams_s"] for one in told) / whole_s,
        "latency": {
            name: asdict(resting.spread(seconds)) | {"curve": resting.curve(seconds, _CURVE)}
            for name, seconds in stations.items()
        },
        "memory": memory,
        "wrong": named(stage.wrong),
        "unbalanced": list(whole_book(stage.client).differences),
    }


if __name__ == "__main__":
    try:
        typer.run(main)
    except LocalFailure as failure:
        typer.echo(f"countinghouse: {failure}", err=True)
        sys.exit(1)
