"""Accepted lines as the lake's queries read them: gzipped tab-separated text with a header.

The columns are the fields in their order, without those that the partition tells. No quoting and
no escape: the parsers let no tab, line break, quote or backslash through. The same lines give the
same bytes, so that writing a part again changes nothing.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar

from countinghouse.domain.errors import Invalid
from countinghouse.domain.settlement import BankCategory, BankLine, Category, SettlementLine

SETTLEMENT_COLUMNS = tuple(
    field.name for field in fields(SettlementLine) if field.name not in ("psp", "settlement_day")
)
BANK_COLUMNS = tuple(
    field.name for field in fields(BankLine) if field.name not in ("account", "value_day")
)
_COUNTS = frozenset(("line_no", "gross", "fee", "net", "original_gross", "booked_at", "amount"))
_STRUCTURAL = frozenset('\t\r\n"\\\0')
_Line = TypeVar("_Line", SettlementLine, BankLine)


def encode_settlement_lines(lines: Iterable[SettlementLine]) -> bytes:
    """The object of some lines, all of one PSP and settlement day. Raises Invalid for a mix."""
    return _encoded(lines, SETTLEMENT_COLUMNS, lambda line: (line.psp, line.settlement_day))


def encode_bank_lines(lines: Iterable[BankLine]) -> bytes:
    """The object of some lines, all of one account and value day. Raises Invalid for a mix."""
    return _encoded(lines, BANK_COLUMNS, lambda line: (line.account, line.value_day))


def decode_settlement_lines(content: bytes, psp: str, settlement_day: str) -> list[SettlementLine]:
    """The lines of an object in that partition. Raises Invalid when it is none of ours."""
    return [
        SettlementLine(psp=psp, settlement_day=settlement_day, **_typed(row, category=Category))
        for row in _decoded(content, SETTLEMENT_COLUMNS)
    ]


def decode_bank_lines(content: bytes, account: str, value_day: str) -> list[BankLine]:
    """The lines of an object in that partition. Raises Invalid when it is none of ours."""
    return [
        BankLine(account=account, value_day=value_day, **_typed(row, category=BankCategory))
        for row in _decoded(content, BANK_COLUMNS)
    ]


def _encoded(
    lines: Iterable[_Line],
    columns: tuple[str, ...],
    partition: Callable[[_Line], tuple[str, str]],
) -> bytes:
    text = ["\t".join(columns)]
    of: tuple[str, str] | None = None
    for line in lines:
        of = of or partition(line)
        if partition(line) != of:
            raise Invalid("lines of several partitions have no one object")
        text.append("\t".join([_cell(getattr(line, column)) for column in columns]))
    text.append("")
    return gzip.compress("\n".join(text).encode(), mtime=0)


def _cell(value: str | int) -> str:
    cell = str(value)
    if not _STRUCTURAL.isdisjoint(cell):
        raise Invalid("a field holds a character that separates fields")
    return cell


def _decoded(content: bytes, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    try:
        header, *rows = gzip.decompress(content).decode().removesuffix("\n").split("\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        raise Invalid("that is no object of lines") from None
    if header != "\t".join(columns):
        raise Invalid("an object of lines has other columns")
    for row in rows:
        cells = row.split("\t")
        if len(cells) != len(columns):
            raise Invalid("a line has too few or too many fields")
        yield dict(zip(columns, cells, strict=True))


def _typed(row: dict[str, str], category: type[StrEnum]) -> dict[str, Any]:
    try:
        typed: dict[str, Any] = {
            name: int(cell) if name in _COUNTS else cell for name, cell in row.items()
        }
        typed["category"] = category(row["category"])
    except ValueError:
        raise Invalid("a field of a line cannot be read") from None
    return typed
