"""A query's result, rows of text under their columns' names, as the domain's own rows.

Athena writes booleans as `true`, the emulator as `True`; what is NULL is an empty text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Final, TypeVar

from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.errors import Invalid
from countinghouse.domain.settlement import BatchTotal
from countinghouse.ports.lakehouse import BatchStanding, Fact, Residual

Cells = Sequence[str]
Row = TypeVar("Row")
_Reader = Callable[[str], object]
_TRUTH: Final = {"true": True, "false": False, "": False}


def _whole(cell: str) -> int:
    return int(cell) if cell else 0


def _truth(cell: str) -> bool:
    return _TRUTH[cell.lower()]


_READERS: Final[dict[object, _Reader]] = {
    "str": str,
    "int": _whole,
    "bool": _truth,
    "Sides": Sides,
    "Fact": Fact,
}
_DIFFERENCE: Final = tuple((field.name, _READERS[field.type]) for field in fields(Difference))
_RESIDUAL: Final = tuple((field.name, _READERS[field.type]) for field in fields(Residual))
_STANDING: Final[tuple[tuple[str, _Reader], ...]] = (
    ("day", str),
    ("batch", str),
    ("currency", str),
    ("lines", _whole),
    ("gross", _whole),
    ("fee", _whole),
    ("expected_fee", _whole),
    ("net", _whole),
    ("paid_out", _whole),
    ("arrived", _whole),
    ("matched", _whole),
)


def difference_rows(rows: Iterable[Cells]) -> Iterator[Difference]:
    """What a match found. Raises Invalid when the rows are not a match's."""
    return _read(rows, _DIFFERENCE, Difference)


def residual_rows(rows: Iterable[Cells]) -> Iterator[Residual]:
    """What residuals found. Raises Invalid when the rows are not theirs."""
    return _read(rows, _RESIDUAL, Residual)


def standing_rows(rows: Iterable[Cells]) -> Iterator[BatchStanding]:
    """What totals found. Raises Invalid when the rows are not theirs."""
    return _read(rows, _STANDING, _standing)


def _standing(day: str, *total_and_more: object) -> BatchStanding:
    *total, arrived, matched = total_and_more
    return BatchStanding(day, BatchTotal(*total), arrived, matched)  # type: ignore[arg-type]


def _read(
    rows: Iterable[Cells], columns: Sequence[tuple[str, _Reader]], make: Callable[..., Row]
) -> Iterator[Row]:
    """The rows after the first, which names the columns."""
    left = iter(rows)
    if tuple(next(left, ())) != tuple(name for name, _ in columns):
        raise Invalid("the result has other columns")
    readers = [read for _, read in columns]
    for row in left:
        try:
            yield make(*(read(cell) for read, cell in zip(readers, row, strict=True)))
        except (KeyError, ValueError) as error:
            raise Invalid("a row of the result cannot be read") from error
