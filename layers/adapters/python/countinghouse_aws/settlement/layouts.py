"""The layouts that can be read, by name or by their header, and the reading itself.

A file that is none of them, or lacks a column, is refused whole with Invalid; from then on a line
that cannot be taken is a Reject with its number, and the lines around it are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from countinghouse.domain.errors import Invalid
from countinghouse.domain.settlement import BankLine, Reject, SettlementLine
from countinghouse.records import dataclass
from countinghouse_aws.settlement import adyen, bank, sandbox, stripe
from countinghouse_aws.settlement.cells import Cells, Unreadable
from countinghouse_aws.settlement.entries import Origin
from countinghouse_aws.settlement.reading import lines
from countinghouse_aws.settlement.rows import header_of, rows

_Read = TypeVar("_Read", SettlementLine, BankLine)


@dataclass(frozen=True, slots=True)
class Layout(Generic[_Read]):
    """One kind of file. `columns` are those it cannot be read without.

    `whole` says that every line ends with a line break, so that one without is cut off;
    `needs_day`, that no column names the settlement day.
    """

    name: str
    columns: tuple[str, ...]
    read: Callable[[Cells, Origin, int], _Read]
    whole: bool = False
    needs_day: bool = False


SETTLEMENT_LAYOUTS: tuple[Layout[SettlementLine], ...] = (
    Layout("sandbox", sandbox.COLUMNS, sandbox.read, whole=True),
    Layout("stripe", stripe.COLUMNS, stripe.read),
    Layout("adyen", adyen.COLUMNS, adyen.read, needs_day=True),
)
BANK_LAYOUTS: tuple[Layout[BankLine], ...] = (
    Layout("sandbox_bank", bank.COLUMNS, bank.read, whole=True),
)


def parse_settlement(
    chunks: Iterable[bytes], layout: str | None, psp: str, file_id: str, day: str | None
) -> Iterator[SettlementLine | Reject]:
    """A PSP's file, line by line as the chunks come; `layout` None is told by the header.

    With a `day`, lines of another are rejected. Raises Invalid, when the first line is asked for,
    if it is no such file at all.
    """
    yield from _parsed(chunks, SETTLEMENT_LAYOUTS, layout, Origin(psp, file_id, day))


def parse_bank(
    chunks: Iterable[bytes], layout: str | None, account: str | None, file_id: str, day: str | None
) -> Iterator[BankLine | Reject]:
    """A bank's statement, likewise; with an `account`, lines of another are rejected."""
    yield from _parsed(chunks, BANK_LAYOUTS, layout, Origin(account or "", file_id, day))


def _parsed(
    chunks: Iterable[bytes], known: Sequence[Layout[_Read]], name: str | None, origin: Origin
) -> Iterator[_Read | Reject]:
    found = lines(chunks)
    header = header_of(found)
    layout = layout_of(header, known, name)
    if layout.needs_day and origin.day is None:
        raise Invalid(f"a file of layout {layout.name} does not say its day", field="day")
    places = {column: place for place, column in enumerate(header)}
    for row in rows(found, len(header), whole=layout.whole):
        if isinstance(row, Reject):
            yield row
            continue
        try:
            yield layout.read(Cells(places, row.cells), origin, row.line_no)
        except Unreadable as error:
            yield Reject(row.line_no, error.detail)


def layout_of(
    header: Sequence[str], known: Sequence[Layout[_Read]], name: str | None = None
) -> Layout[_Read]:
    """The layout by its name, or the one whose columns the header has.

    Raises Invalid with what is wrong: no such name, a column that is missing or stands twice.
    """
    if name is not None:
        found = next((layout for layout in known if layout.name == name), None)
        if found is None:
            raise Invalid("there is no such layout", field="layout")
    else:
        found = max(known, key=lambda layout: _share(header, layout))
        if 2 * _share(header, found) < 100:
            raise Invalid("line 1 is the header of no known layout", field="file")
    _check(header, found)
    return found


def _share(header: Sequence[str], layout: Layout[_Read]) -> int:
    """How much of the layout's columns the header has, in per cent."""
    return 100 * len({*header} & {*layout.columns}) // len(layout.columns)


def _check(header: Sequence[str], layout: Layout[_Read]) -> None:
    if missing := [column for column in layout.columns if column not in header]:
        raise Invalid(f"layout {layout.name}: column {missing[0]} is missing", field="file")
    twice = {name for name, times in Counter(header).items() if times > 1} - {""}
    if twice:
        # A column that is not ours may be called anything: it is not repeated here.
        ours = next((f"column {name}" for name in layout.columns if name in twice), "a column")
        raise Invalid(f"layout {layout.name}: {ours} stands twice", field="file")
