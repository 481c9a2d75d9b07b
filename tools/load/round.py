"""A round: checkouts through the system, then the same calls bare, without and with invocations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from tools.load import bare, heard, memory, whole
from tools.load.heard import Heard, Json
from tools.load.twins import Twins
from tools.replay.lines import Line
from tools.replay.meter import Meter

AT_ONCE = 8
WARM = 100
_STILL_S, _PATIENCE_S = 2.0, 120.0
_WARM_CALLS = 4
"""Of each kind, before a bare pass: a function's first call starts its process."""


@dataclass(slots=True)
class Stage:
    """What a run is played on."""

    console: Console
    client: whole.TimedClient
    ear: Path
    flight: whole.Flight
    watched: memory.Watched
    wrong: list[str] = field(default_factory=list)
    played: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Cpu:
    """Processor seconds by process name, of the system's side and of the bare one."""

    whole: dict[str, float] = field(default_factory=dict)
    bare: dict[str, float] = field(default_factory=dict)


def play(stage: Stage, title: str, lines: Sequence[Line]) -> whole.Whole:
    """Play checkouts with a meter, and note what went wrong."""
    with Meter(stage.console, title, len(lines), "checkouts") as meter:
        done = whole.play(lines, stage.client, stage.flight, meter)
    stage.wrong += done.wrong
    return done


def run(stage: Stage, number: int, lines: Sequence[Line], cpu: Cpu) -> Json:
    """One round; what of it the page shows."""
    warm = [whole.renamed(line, f"warm{number}") for line in lines[:WARM]]
    play(stage, f"round {number}: warm", warm)
    _quiet(stage)
    start = stage.ear.stat().st_size
    with _spent(stage, cpu.whole):
        done = play(stage, f"round {number}: system", lines)
    stage.played += [line.checkout_id for line in done.lines]
    _quiet(stage)
    calls = heard.read(stage.ear, done.began, done.began + done.seconds, start=start)
    stage.console.print(f"   {len(calls)} calls and invocations heard", highlight=False)
    data = bare_pass(stage, f"d{number}", calls, {}, invocations=False)
    full = bare_pass(stage, f"b{number}", calls, cpu.bare)
    turns = bare_pass(stage, f"t{number}", calls, {}, in_turns=True)
    seconds = (done.seconds, full.seconds, turns.seconds, data.seconds)
    sides = ("system", "bare", "in turns", "without invocations")
    told = ", ".join(f"{side} {one:.1f} s" for side, one in zip(sides, seconds, strict=True))
    told = f"   {told}: {done.seconds / full.seconds:.2f} times"
    stage.console.print(told, highlight=False)
    return {
        "checkouts": len(lines),
        "whole_s": done.seconds,
        "bare_s": full.seconds,
        "turns_s": turns.seconds,
        "data_s": data.seconds,
        "refused": heard.failures(calls),
        "bare_refused": full.refused,
        "streams_s": sum(one.took for one in calls if one.told.get("by") == "stream"),
        "calls": [asdict(row) for row in heard.tally(calls)],
    }


def bare_pass(
    stage: Stage,
    mark: str,
    calls: Iterable[Heard],
    cpu: dict[str, float],
    *,
    invocations: bool = True,
    in_turns: bool = False,
) -> bare.Pass:
    """Send the calls to twins made for this pass, and remove the twins."""
    found, told = list(calls), stage.client.endpoints
    twins = Twins(stage.client, mark)
    try:
        twins.make(found)
        key = (told.aws_region, told.aws_access_key_id)
        requests = list(bare.prepared(found, twins, *key, invocations=invocations))
        where = urlsplit(told.aws_endpoint_url)
        address = (str(where.hostname), int(where.port or 0))
        bare.send(bare.openers(requests, _WARM_CALLS), *address, AT_ONCE)
        _quiet(stage)
        with _spent(stage, cpu):
            return bare.send(requests, *address, AT_ONCE, in_turns=in_turns)
    finally:
        twins.remove()


@contextmanager
def _spent(stage: Stage, spent: dict[str, float]) -> Iterator[None]:
    """Add to `spent` what each process used during the block; one that ended counts until seen."""
    with memory.sampled(stage.watched, lambda: 0) as samples:
        yield
    for name, seconds in memory.used(samples).items():
        spent[name] = spent.get(name, 0.0) + seconds


def _quiet(stage: Stage) -> None:
    heard.wait_for_quiet(stage.ear, _STILL_S, _PATIENCE_S)
