"""What the emulator's ear wrote down (`tools/local/hearing.py`), and what it adds up to."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]
INSIDE = "other"
"""How an invocation is begun that nobody asked for: Firehose's of `lake_days` inside its own call,
the clock's of `repair`."""
_LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class Heard:
    """A call to AWS or an invocation: when it began (seconds since the epoch), how long it took."""

    at: float
    took: float
    told: Json

    @property
    def is_call(self) -> bool:
        """Whether a function asked AWS for something; else a function was asked."""
        return "call" in self.told

    @property
    def name(self) -> str:
        """`dynamodb.Query`, or `relay (stream)`."""
        if self.is_call:
            return str(self.told["call"])
        return f"{short(self.told['function'])} ({self.told['by']})"


@dataclass(frozen=True, slots=True)
class Row:
    """All of one name: how many, their records (of calls, one each) and their seconds together."""

    name: str
    count: int
    records: int
    seconds: float


def short(function: str) -> str:
    """A function's name without the project's and the stage's: `order-execution`."""
    return function.removeprefix("countinghouse-").partition("-")[2]


def read(path: Path, since: float, until: float, *, start: int = 0) -> list[Heard]:
    """What began within that time, in the order in which it began.

    `start` is how long the file was before: only what was written after is read.
    """
    found = [Heard(line.pop("at"), line.pop("took"), line) for line in _lines(path, start)]
    return sorted(
        (one for one in found if since <= one.at <= until), key=lambda one: (one.at, one.name)
    )


def _lines(path: Path, start: int) -> Iterator[Json]:
    with path.open("rb") as file:
        file.seek(start)
        for line in file:
            # The last one may be half written.
            if line.endswith(b"\n"):
                yield json.loads(line)


def tally(heard: Iterable[Heard]) -> list[Row]:
    """What was heard, by name: invocations first, then calls."""
    groups: defaultdict[tuple[bool, str], list[Heard]] = defaultdict(list)
    for one in heard:
        groups[one.is_call, one.name].append(one)
    return [
        Row(
            name,
            len(some),
            sum(one.told.get("records", 1) for one in some),
            sum(one.took for one in some),
        )
        for (_, name), some in sorted(groups.items())
    ]


def failures(heard: Iterable[Heard]) -> int:
    """Functions that failed, and calls that were refused (by a condition that did not hold)."""
    return sum(
        bool(one.told["failed"]) if not one.is_call else one.told["status"] >= 400 for one in heard
    )


def wait_for_quiet(path: Path, still_s: float, patience_s: float) -> None:
    """Wait until nothing was heard for so long. Raises TimeoutError."""
    deadline = time.monotonic() + patience_s
    size, since = path.stat().st_size, time.monotonic()
    while time.monotonic() - since < still_s:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the functions still work after {patience_s:.0f} s")
        time.sleep(_LOOK_S)
        if (now := path.stat().st_size) != size:
            size, since = now, time.monotonic()
