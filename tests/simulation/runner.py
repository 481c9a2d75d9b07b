"""The whole run: its parts one after the other, kept and shown after each."""

from __future__ import annotations

import atexit
import itertools
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import active_children, get_context

from rich.console import Console

from tests.simulation.board import Board
from tests.simulation.campaign import Crew, Until, markets, pairs, rounds, singles
from tests.simulation.failing import written_down
from tests.simulation.faults import Call
from tests.simulation.flows import FLOWS
from tests.simulation.journal import Journal
from tests.simulation.machine import Machine, machine
from tests.simulation.played_code import Code, played_code
from tests.simulation.report import TARGET, shown
from tests.simulation.results import OF_FLOWS, PARTS, Bugs, Part, Results, read, write
from tests.simulation.tasks import Dry, Found, Listed, Planted, Task, carried_out
from tests.simulation.zoo import ZOO
from tools.local.places import ROOT

KEPT = ROOT / "docs" / "proofs" / "simulation.json"
PAGE = ROOT / "docs" / "simulation.md"
FAILED = ROOT / ".local" / "simulation"
"""Where failing histories are written to, one small file each."""
JOURNALS = FAILED / "played"
"""Where stands what was played already, a file for each code."""
MARKETS = 400
"""How many random markets a whole run plays."""
FEW, FEW_CALLS, FEW_MARKETS = 2, 100, 4
"""A quick run's histories of a flow, the calls of its random ones, and its markets."""

_process: list[Machine] = []
_stack = ExitStack()


def begin() -> None:
    """What a worker does first. Ctrl-C is the parent's: it lets the worker end what it plays."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # DuckDB tells at length of what it holds on to when a process ends in order.
    atexit.register(os._exit, 0)
    _process.append(_stack.enter_context(machine()))


def play(task: Task) -> Found:
    """What a worker does with each task."""
    return carried_out(_process[0], task)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be run, where `minutes` and `calls` say when random histories are enough.

    `afresh` is without what was kept of a run before.
    """

    only: tuple[str, ...] = PARTS
    flows: tuple[str, ...] = ()
    minutes: float | None = None
    calls: int = TARGET
    markets: int = MARKETS
    seed: int = 1
    workers: int = 2
    quick: bool = False
    afresh: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether the page may say so: every flow, and as much as there is of it."""
        return not self.quick and not self.flows


@dataclass(slots=True)
class Runner:
    """One run."""

    wanted: Wanted
    pool: Executor
    console: Console
    results: Results
    code: Code
    play: Callable[[Task], Found] = play
    crew: Crew = field(init=False)
    calls: dict[str, Sequence[Call]] = field(default_factory=dict)
    holds: bool = True
    _part: Part = field(default_factory=Part)
    _board: Board | None = None

    def __post_init__(self) -> None:
        workers, path = self.wanted.workers, JOURNALS / f"{self.code.sha256[:16]}.jsonl"
        if self.wanted.afresh:
            path.unlink(missing_ok=True)
        journal = Journal(None if self.wanted.quick else path, workers)
        self.crew = Crew(self.pool, workers, self.play, self.hear, journal)

    def run(self) -> bool:
        """Run the parts that are wanted; True when nothing is wrong."""
        names = self.wanted.flows or tuple(FLOWS)
        if {*self.wanted.only} & {*OF_FLOWS}:
            self._play("dry", [Dry(name) for name in names])
            self.calls = {name: self.calls[name] for name in names if name in self.calls}
            self.results.flows = {
                name: (FLOWS[name].says, len(made)) for name, made in self.calls.items()
            }
        for name in (part for part in PARTS if part in self.wanted.only):
            if self.crew.stopped:
                break
            getattr(self, f"_{name}")()
        return self.holds

    def _singles(self) -> None:
        few = FEW if self.wanted.quick else None
        tasks = singles(self.calls, self.wanted.seed, few)
        planned = sum(len(task.plans) for task in tasks if isinstance(task, Listed))
        self._play("singles", tasks, planned)

    def _pairs(self) -> None:
        few = 1 if self.wanted.quick else None
        self._play("pairs", pairs(self.calls, self.wanted.seed, few))

    def _markets(self) -> None:
        many = FEW_MARKETS if self.wanted.quick else self.wanted.markets
        self._play("markets", markets(self.wanted.seed, many), many)

    def _random(self) -> None:
        wanted = self.wanted
        each = {"each_calls": FEW_CALLS} if wanted.quick else {}
        all_rounds = rounds(self.calls, wanted.seed, **each)
        first = next(all_rounds)
        seconds = None if wanted.minutes is None else wanted.minutes * 60
        if wanted.quick:
            self._play("random", first)
            return
        before = Results({k: v for k, v in self.results.parts.items() if k != "random"}).faulted
        enough = Until(
            lambda: before + self._part.total.faulted,
            lambda: self._part.seconds,
            *(wanted.calls, seconds),
        )
        work = 0 if seconds else max(sum(task.work for task in first), wanted.calls - before)
        more = itertools.chain.from_iterable(all_rounds)
        with self._begun("random", work, seconds):
            # Every flow once, however soon it is enough.
            self.crew.carry_out(first)
            self.crew.carry_out(more, enough)
        self._end("random")

    def _zoo(self) -> None:
        names = list(ZOO)[:: len(ZOO) // 3 if self.wanted.quick else 1]
        self._play("zoo", [Planted(name) for name in names], len(names))

    def _play(self, name: str, tasks: Sequence[Task], planned: int = 0) -> None:
        with self._begun(name, sum(task.work for task in tasks)):
            self._part.planned = planned
            self.crew.carry_out(tasks)
        self._end(name)

    @contextmanager
    def _begun(self, name: str, work: int, seconds: float | None = None) -> Iterator[None]:
        self._part = Part(self.code.commit)
        self.crew.journal.begin()
        with Board(self.console, name, work, seconds) as self._board:
            yield

    def hear(self, found: Found) -> None:
        """Note what a task found, and say so."""
        if found.calls:
            self.calls[found.subject] = found.calls
        self._part.hear(found)
        saved = partial(written_down, FAILED, self.code.commit)
        notes = [saved(one) for one in (*found.failures, *filter(None, [found.shrunk]))]
        if found.part == "zoo":
            bug, plan = ZOO[found.subject], found.caught.plan if found.caught else ""
            self._part.bugs[found.subject] = Bugs(bug.says, bug.breaks, plan)
            notes += [] if plan else [f"{found.subject} is not caught: {bug.says}"]
        if self._board is not None:
            self._board.hear(found, "\n".join(notes))

    def _end(self, name: str) -> None:
        """Judge a part, keep it, and show all parts."""
        part = self._part
        part.bugs = {one: part.bugs[one] for one in ZOO if one in part.bugs}
        caught = sum(bool(bug.plan) for bug in part.bugs.values())
        self.holds = self.holds and not part.failures
        if name == "zoo":
            self.holds = self.holds and caught == part.planned
        if self.crew.stopped and name != "random":
            self.console.print(f"{name}: stopped; the same command goes on from here")
            return
        if name == "dry":
            return
        self.results.parts[name] = part
        if self.wanted.is_whole:
            write(KEPT, self.results)
            PAGE.write_text(shown(self.results), encoding="utf-8")


def run(wanted: Wanted, console: Console) -> bool:
    """Run what is wanted with worker processes; True when nothing is wrong."""
    results = read(KEPT) if wanted.is_whole else Results()
    with ProcessPoolExecutor(wanted.workers, get_context("spawn"), begin) as pool:
        runner = Runner(wanted, pool, console, results, played_code())
        with _stopped_by_ctrl_c(runner):
            return runner.run()


@contextmanager
def _stopped_by_ctrl_c(runner: Runner) -> Iterator[None]:
    """Ctrl-C lets the tasks under way come to their end, a second one does not."""

    def stop(*_: object) -> None:
        if runner.crew.stopped:
            for worker in active_children():
                worker.terminate()
            raise KeyboardInterrupt
        runner.crew.stopped = True
        runner.console.print("stopping after what is under way: Ctrl-C again to drop that too")

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
