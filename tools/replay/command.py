"""The replay from the file's first line to its exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tools.client import Client
from tools.local import engine
from tools.local.places import LOCAL
from tools.local.processes import running
from tools.replay import report
from tools.replay.driving import Outcome, Pace, Played, Refused, Skipped, drive, told
from tools.replay.lines import BadLine, read_lines, survey
from tools.replay.meter import Meter
from tools.replay.progress_file import ProgressFile
from tools.replay.report import Noted
from tools.replay.sums import SellerCheck, Sums, check_entries, check_psp, check_wallets
from tools.replay.turns import Story, tell

app = typer.Typer(name="replay", add_completion=False, pretty_exceptions_enable=False)

RECORDS = LOCAL / "replay"
# Calls at a time, and payments under way for each of them; see `tools.replay.driving.Pace`.
CONCURRENCY = 3
UNDER_WAY = 8
_PLAIN_WIDTH = 120


@dataclass(slots=True)
class Tally:
    """What came of the lines of this run; of the unusual ones, the numbers and the reasons."""

    sums: Sums = field(default_factory=Sums)
    bad: Noted = field(default_factory=Noted)
    unfinished: Noted = field(default_factory=Noted)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="One checkout a line; .jsonl or .jsonl.gz.")],
    concurrency: Annotated[int, typer.Option(min=1, max=16, help="Calls at a time.")] = CONCURRENCY,
    restart: Annotated[bool, typer.Option("--restart", help="Play every line again.")] = False,
) -> int:
    """Play recorded checkouts against the running system, then prove every seller's balance.

    Stopped in any way and started again, it goes on where it was. Exit code 0 only when every
    payment is final and every seller has what the file says.
    """
    console = Console()
    console = console if console.is_terminal else Console(width=_PLAIN_WIDTH)
    client = Client.of_running_system()
    digest, count = survey(file)
    record = ProgressFile(RECORDS / f"{digest}.jsonl", _system(client), restart=restart)
    report.introduce(console, file, count, record)
    tally = Tally()
    try:
        with record, Meter(console, "played", count, "lines") as meter:
            _play(file, client, concurrency, record, tally, meter)
    except KeyboardInterrupt:
        console.print(f"\nStopped with {len(record.done)} of {count} lines done; run it again.")
        return 130
    report.show_lines(console, tally.bad, tally.unfinished, record.statuses)
    checks = _check(console, client, file, tally.sums, concurrency)
    psp = check_psp(client.charges(), file, tally.sums.left_out)
    report.show_books(console, checks, psp)
    is_sound = not tally.unfinished.count and psp.agrees and all(check.agrees for check in checks)
    return 0 if is_sound else 1


def _play(
    file: Path,
    client: Client,
    concurrency: int,
    record: ProgressFile,
    tally: Tally,
    meter: Meter,
) -> None:
    stories = _stories(file, client, record)
    under_way = concurrency * UNDER_WAY
    outcomes = tell(stories, workers=concurrency, at_once=under_way, gently=True)
    with closing(outcomes):
        for outcome in outcomes:
            _count(outcome, record, tally)
            meter.advance(is_work=not isinstance(outcome, Skipped | BadLine))


def _stories(file: Path, client: Client, record: ProgressFile) -> Iterator[Story[Outcome]]:
    pace = Pace()
    for line in read_lines(file):
        if isinstance(line, BadLine):
            yield told(line)
        elif line.number in record.done:
            yield told(Skipped(line))
        else:
            yield drive(line, client, pace)


def _count(outcome: Outcome, record: ProgressFile, tally: Tally) -> None:
    """Take an outcome into the sums, and on record if it is an end."""
    match outcome:
        case BadLine(number=number, reason=reason):
            record.note(number, "bad")
            tally.bad.add(f"line {number}: {reason}")
        case Refused(line=line, reason=reason):
            tally.bad.add(f"line {line.number}: refused: {reason}")
            tally.sums.left_out.add(line.number)
        case Skipped(line=line):
            tally.sums.add(line)
        case Played(line=line, status=status, is_final=True):
            record.note(line.number, status)
            tally.sums.add(line)
        case Played(line=line, status=status, reason=reason):
            tally.unfinished.add(f"line {line.number}: {status}: {reason}")
            tally.sums.add(line)


def _check(
    console: Console, client: Client, file: Path, sums: Sums, workers: int
) -> list[SellerCheck]:
    """Every seller; those whose wallets hold more than the file's by their single entries."""
    with Meter(console, "wallets read", len(sums.by_seller), "sellers") as meter:
        checks = {one.seller_id: one for one in check_wallets(client, sums, meter, workers)}
    differing = [one.seller_id for one in checks.values() if not one.agrees]
    checks |= {one.seller_id: one for one in check_entries(client, file, differing, sums.left_out)}
    return list(checks.values())


def _system(client: Client) -> str:
    """Which books these are: an emulator that was started again has empty ones."""
    emulator = running(engine.NAME)
    started = f"{emulator.pid} {emulator.birth}" if emulator else ""
    return f"{client.endpoints.api_url} {started}".strip()
