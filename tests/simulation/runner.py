"""The whole run: its parts one after the other, kept and shown after each."""

from __future__ import annotations

import atexit
import itertools
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import active_children, get_context
from pathlib import Path

from rich.console import Console

from tests.simulation.board import Board
from tests.simulation.campaign import Crew, Until, pairs, rounds, singles
from tests.simulation.faults import Call, parse_plan
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine, machine
from tests.simulation.report import TARGET, shown
from tests.simulation.results import PARTS, Bugs, Part, Results, read, write
from tests.simulation.tally import Failure
from tests.simulation.tasks import Dry, Found, Listed, Planted, Task, carried_out
from tests.simulation.zoo import ZOO
from tools.local.places import ROOT
from tools.proof.runner import commit

KEPT = ROOT / "docs" / "proofs" / "simulation.json"
PAGE = ROOT / "docs" / "simulation.md"
FAILED = ROOT / ".local" / "simulation"
"""Where failing histories are written to, one small file each."""
FEW, FEW_CALLS = 2, 100
"""A quick run's histories of a flow, and the calls of its random ones."""

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
    """What is to be run, where `minutes` and `calls` say when random histories are enough."""

    only: tuple[str, ...] = PARTS
    flows: tuple[str, ...] = ()
    minutes: float | None = None
    calls: int = TARGET
    seed: int = 1
    workers: int = 2
    quick: bool = False

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
    play: Callable[[Task], Found] = play
    crew: Crew = field(init=False)
    calls: dict[str, Sequence[Call]] = field(default_factory=dict)
    holds: bool = True
    _part: Part = field(default_factory=Part)
    _board: Board | None = None

    def __post_init__(self) -> None:
        self.crew = Crew(self.pool, self.wanted.workers, self.play, self.hear)

    def run(self) -> bool:
        """Run the parts that are wanted; True when nothing is wrong."""
        names = self.wanted.flows or tuple(FLOWS)
        if set(self.wanted.only) != {"zoo"}:
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
        enough = Until(lambda: before + self._part.total.faulted, wanted.calls, seconds)
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
        today = datetime.now(UTC).date().isoformat()
        self._part = Part(commit(), today, workers=self.wanted.workers)
        began = time.monotonic()
        with Board(self.console, name, work, seconds) as self._board:
            yield
        self._part.seconds = round(time.monotonic() - began)

    def hear(self, found: Found) -> None:
        """Note what a task found, and say so."""
        if found.calls:
            self.calls[found.subject] = found.calls
        self._part.hear(found)
        notes = [_saved(one) for one in (*found.failures, *filter(None, [found.shrunk]))]
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
            self.console.print(f"{name}: stopped, so it is not kept")
            return
        if name == "dry":
            return
        self.results.parts[name] = part
        if self.wanted.is_whole:
            write(KEPT, self.results)
            PAGE.write_text(shown(self.results), encoding="utf-8")


def _saved(failure: Failure) -> str:
    """Write a failing history down, and say how it is played again."""
    FAILED.mkdir(parents=True, exist_ok=True)
    plan = parse_plan(failure.plan)
    told = {"plan": failure.plan, "seed": plan.seed, "commit": commit(), "flow": plan.flow}
    told |= {"problems": [*failure.problems], "smallest": failure.smallest}
    name = "".join(one if one.isalnum() else "-" for one in failure.plan)[:120]
    path = FAILED / f"{name}.json"
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    if failure.smallest:
        return f"SMALLEST of {failure.plan}: {parse_plan(failure.smallest).command}"
    lines = [f"VIOLATION seed {plan.seed}, commit {told['commit']}, plan {failure.plan}"]
    lines += [f"  {problem}"[:300] for problem in failure.problems]
    return "\n".join([*lines, f"  replay: {plan.command}", f"  kept in {_short(path)}"])


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def run(wanted: Wanted, console: Console) -> bool:
    """Run what is wanted with worker processes; True when nothing is wrong."""
    results = read(KEPT) if wanted.is_whole else Results()
    with ProcessPoolExecutor(wanted.workers, get_context("spawn"), begin) as pool:
        runner = Runner(wanted, pool, console, results)
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
