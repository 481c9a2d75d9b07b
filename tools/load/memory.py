"""What every process of the system holds in memory and uses of the processor, over time.

Read from /proc; where there is none (macOS), nothing is sampled and the page says so.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.load.heard import short
from tools.load.twins import TWIN

PROC = Path("/proc")
EMULATOR, PSP, CLIENT, HOLLOW = "emulator", "sandbox PSP", "this tool", "empty functions"
_WORKER = re.compile(r"/ministack-lambda-(.+)-[^-/]+/")
_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Sample:
    """A process as it was after `done` checkouts: resident bytes, and processor seconds so far.

    `at` is the moment of the look, by the monotonic clock, the same for all its processes.
    """

    process: str
    pid: int
    at: float
    done: int
    resident: int
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Watched:
    """The processes that are looked at: the emulator with its children, and others by name."""

    emulator: int
    others: dict[str, int]


def function_of(command: str) -> str | None:
    """Which function an emulator's child runs, by its command line; the twins' are one."""
    found = _WORKER.search(command)
    if found is None:
        return None
    return HOLLOW if found[1].startswith(TWIN) else short(found[1])


def look(watched: Watched, done: int, proc: Path = PROC) -> Iterator[Sample]:
    """Every process as it is now."""
    at = time.monotonic()
    fixed = {watched.emulator: EMULATOR} | {pid: name for name, pid in watched.others.items()}
    for folder in proc.glob("[0-9]*"):
        try:
            pid, stat = int(folder.name), _fields(folder)
            name = fixed.get(pid)
            if name is None and int(stat[1]) == watched.emulator:
                name = function_of((folder / "cmdline").read_text(encoding="utf-8"))
            if name is None:
                continue
            pages = int((folder / "statm").read_text(encoding="utf-8").split()[1])
        except (OSError, IndexError, UnicodeDecodeError):
            # It has ended meanwhile.
            continue
        ticks = int(stat[11]) + int(stat[12])
        resident = pages * os.sysconf("SC_PAGE_SIZE")
        yield Sample(name, pid, at, done, resident, ticks / os.sysconf("SC_CLK_TCK"))


def _fields(folder: Path) -> list[str]:
    """The fields of `stat` from the state on: the command before may itself hold spaces."""
    return (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()


@contextmanager
def sampled(watched: Watched, done: Callable[[], int]) -> Iterator[list[Sample]]:
    """Look every second for as long as the block lasts, and as it begins and ends."""
    samples: list[Sample] = []
    if not PROC.is_dir():
        yield samples
        return
    over = threading.Event()

    def watch() -> None:
        samples.extend(look(watched, done()))
        while not over.wait(_EVERY_S):
            samples.extend(look(watched, done()))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        over.set()
        thread.join()
        samples.extend(look(watched, done()))


def used(samples: Iterable[Sample]) -> dict[str, float]:
    """Processor seconds of each process name between the first look and the last.

    A process that began on the way is counted from its beginning; one that ended, until last seen.
    """
    lives: defaultdict[tuple[str, int], list[Sample]] = defaultdict(list)
    for sample in samples:
        lives[sample.process, sample.pid].append(sample)
    first = min((life[0].at for life in lives.values()), default=0.0)
    found: defaultdict[str, float] = defaultdict(float)
    for (name, _), life in lives.items():
        found[name] += life[-1].cpu_s - (life[0].cpu_s if life[0].at == first else 0.0)
    return dict(found)
