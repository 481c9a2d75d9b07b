"""What is done of a file, kept on disk after every line, so that any end is a pause.

The books of a system die with its emulator. So the record names the system it was made with, and
one made with another system is set aside.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any


@dataclass(slots=True)
class LineNumbers:
    """A set of line numbers that stays small: all up to a mark, and the few beyond it."""

    mark: int = 0
    beyond: set[int] = field(default_factory=set)

    def add(self, number: int) -> None:
        """Take one in."""
        if number > self.mark:
            self.beyond.add(number)
        while self.mark + 1 in self.beyond:
            self.mark += 1
            self.beyond.remove(self.mark)

    def __contains__(self, number: int) -> bool:
        """Whether it was taken in."""
        return number <= self.mark or number in self.beyond

    def __len__(self) -> int:
        """How many were taken in."""
        return self.mark + len(self.beyond)


class ProgressFile:
    """The record of one file on one system; a context manager."""

    def __init__(self, path: Path, system: str, *, restart: bool = False) -> None:
        self.done = LineNumbers()
        self.statuses: Counter[str] = Counter()
        self._path = path
        self._file: IO[str] | None = None
        is_known = not restart and self._load(system)
        self.is_stale = not restart and not is_known and path.exists()
        if not is_known:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"system": system}) + "\n", encoding="utf-8")

    def __enter__(self) -> ProgressFile:
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def note(self, number: int, status: str) -> None:
        """A line is done; on disk before this returns."""
        self._count(number, status)
        if self._file is not None:
            self._file.write(json.dumps({"line": number, "status": status}) + "\n")
            self._file.flush()

    def _count(self, number: int, status: str) -> None:
        if number not in self.done:
            self.done.add(number)
            self.statuses[status] += 1

    def _load(self, system: str) -> bool:
        """Read an earlier record; False when there is none of this system."""
        if not self._path.exists():
            return False
        text = self._path.read_bytes()
        # A kill may have cut the last line short: begin the next one on a line of its own.
        if text and not text.endswith(b"\n"):
            with self._path.open("ab") as file:
                file.write(b"\n")
        rows = iter(text.splitlines())
        if _row(next(rows, b"")).get("system") != system:
            return False
        for raw in rows:
            row = _row(raw)
            if isinstance(row.get("line"), int):
                self._count(row["line"], str(row.get("status")))
        return True


def _row(raw: bytes) -> dict[str, Any]:
    """A line of the record; nothing when a kill cut it short."""
    try:
        row = json.loads(raw)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}
