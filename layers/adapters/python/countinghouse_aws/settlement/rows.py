"""Lines as rows of cells: RFC 4180, with a bound on what a quote may swallow.

A quote that nobody closes would take every line that follows for its own. So a row of several lines
is bounded, and one that turns out not to be well formed costs its first line only: the lines after
it are read again by themselves.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator

from countinghouse.domain.errors import Invalid
from countinghouse.domain.settlement import Reject
from countinghouse.records import dataclass
from countinghouse_aws.settlement.reading import LINE_BYTES_MAX, Line

ROW_LINES_MAX = 32
"""Lines that one row may stretch over."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row's cells, and the number of the line it begins on."""

    line_no: int
    cells: list[str]


def header_of(lines: Iterator[Line]) -> list[str]:
    """The names in the first line. Raises Invalid when there is none to be read."""
    first = next(lines, None)
    if first is None:
        raise Invalid("the file is empty", field="file")
    if first.fault:
        raise Invalid(f"line 1 {first.fault}", field="file")
    names = _split([first])
    if names is None:
        raise Invalid("line 1 is no header of comma-separated columns", field="file")
    return [name.strip() for name in names]


def rows(lines: Iterator[Line], width: int, *, whole: bool) -> Iterator[Row | Reject]:
    """Every row below the header; blank lines are passed over.

    With `whole`, a last line without its line break counts as cut off: what is left of a number
    would still be one.
    """
    scanner = _Scanner(lines, whole=whole)
    while (line := scanner.take()) is not None:
        if line.fault:
            yield Reject(line.number, line.fault)
        elif line.text.strip():
            yield scanner.row(line, width)


class _Scanner:
    """The lines, with those put back that a broken row had taken."""

    def __init__(self, lines: Iterator[Line], *, whole: bool) -> None:
        self._lines = lines
        self._whole = whole
        self._waiting: deque[Line] = deque()

    def take(self) -> Line | None:
        return self._waiting.popleft() if self._waiting else next(self._lines, None)

    def row(self, first: Line, width: int) -> Row | Reject:
        if '"' not in first.text:
            cells: list[str] | None = first.text.split(",")
            parts = [first]
        else:
            parts = self._quoted(first)
            cells = _split(parts)
        if self._whole and not parts[-1].ended:
            return Reject(first.number, "is cut off: no line break follows")
        if cells is not None and len(cells) == width:
            return Row(first.number, cells)
        self._waiting.extendleft(reversed(parts[1:]))
        if cells is None:
            return Reject(first.number, "has quotes that do not match")
        return Reject(first.number, f"has {len(cells)} cells where the header has {width}")

    def _quoted(self, first: Line) -> list[Line]:
        """The lines from here to the one that closes the last quote, or as far as that may be."""
        parts = [first]
        size = len(first.text)
        closed = _is_closed(first)
        while not closed and len(parts) < ROW_LINES_MAX:
            line = self.take()
            if line is None:
                break
            size += len(line.text)
            if line.fault or size > LINE_BYTES_MAX:
                self._waiting.appendleft(line)
                break
            parts.append(line)
            closed = not _is_closed(line)
        return parts


def _is_closed(line: Line) -> bool:
    """Whether its quotes pair: an odd one begins or ends a cell of several lines."""
    return line.text.count('"') % 2 == 0


def _split(parts: list[Line]) -> list[str] | None:
    """The cells of these lines, None when they are not one well-formed row."""
    try:
        found = list(csv.reader((f"{part.text}\n" for part in parts), strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None
