"""What of a run was played already, task by task: a run that was cut goes on where it was.

A file of lines, one for each task with all that it found, and a file for each code that was played.
A task's name is a hash over all that it plays, so whatever asks for the same histories finds them:
a run that was cut, or one of all flows after some were played alone.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.simulation.bug import Caught
from tests.simulation.tally import failure_of, tally_of
from tests.simulation.tasks import Found, Task
from tests.simulation.zoo import ZOO

Line = dict[str, Any]


def name_of(task: Task) -> str:
    """What a task is kept under."""
    return hashlib.sha256(repr(task).encode()).hexdigest()[:32]


@dataclass(slots=True)
class Journal:
    """The file, and what stands in it; without a file nothing is kept.

    `now` is in monotonic seconds.
    """

    path: Path | None = None
    workers: int = 1
    now: Callable[[], float] = time.monotonic
    _lines: dict[str, Line] = field(default_factory=dict)
    _told_at: float = 0.0

    def __post_init__(self) -> None:
        self.begin()
        if self.path is not None and self.path.exists():
            lines = map(_parsed, self.path.read_bytes().splitlines())
            self._lines = {line["task"]: line for line in lines if line}

    def begin(self) -> None:
        """The clock of what comes runs from now."""
        self._told_at = self.now()

    def find(self, task: Task) -> Found | None:
        """What a task found when it was played, None when it was not."""
        line = self._lines.get(name_of(task))
        return None if line is None else _found(line)

    def keep(self, task: Task, found: Found) -> None:
        """Note on what a task found when and in what time, and keep it."""
        before, self._told_at = self._told_at, self.now()
        found.seconds = round(self._told_at - before, 3)
        found.day, found.workers = datetime.now(UTC).date().isoformat(), self.workers
        if self.path is None or found.part == "dry":
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = self._lines[name_of(task)] = {"task": name_of(task)} | _as_json(found)
        with self.path.open("a", encoding="utf-8") as file:
            # Behind what a run that was cut has left of a line.
            file.write(f"\n{json.dumps(line, ensure_ascii=False)}\n")


def _parsed(text: bytes) -> Line:
    """A line; empty when the run was cut while it was written."""
    try:
        line = json.loads(text)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


def _as_json(found: Found) -> Line:
    caught, shrunk = found.caught, found.shrunk
    return {
        "part": found.part,
        "subject": found.subject,
        "tally": found.tally.as_json(),
        "failures": [failure.as_json() for failure in found.failures],
        "caught": caught and [caught.plan, caught.problem, caught.tried, caught.seconds],
        "shrunk": shrunk and shrunk.as_json(),
        "work": found.work,
        "seconds": found.seconds,
        "day": found.day,
        "workers": found.workers,
    }


def _found(line: Line) -> Found:
    given = {name: one for name, one in line.items() if name != "task"} | {
        "tally": tally_of(line["tally"]),
        "failures": [failure_of(one) for one in line["failures"]],
        "caught": line["caught"] and Caught(ZOO[line["subject"]], *line["caught"]),
        "shrunk": line["shrunk"] and failure_of(line["shrunk"]),
    }
    return Found(**given, is_kept=True)
